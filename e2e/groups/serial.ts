import test from 'ava'

const { serial, after, before, macro, meta } = test

/** AVA as the files of a group import it, whose tests run one after the other: all at once they would hold hundreds of clouds. */
export default Object.assign(
  (...declared: Parameters<typeof serial>) => serial(...declared),
  { serial, skip: serial.skip, only: serial.only, failing: serial.failing, after, before, macro, meta },
)
