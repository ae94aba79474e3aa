/** Argo CD's health of an object, as its application controller works it out: the script of argocd-cm, run by a Lua. */
import { readFileSync } from 'node:fs'
import fengari from 'fengari'
import { parse } from 'yaml'

const { lauxlib, lua, lualib, to_jsstring: textOf, to_luastring: bytesOf } = fengari

type State = ReturnType<typeof lauxlib.luaL_newstate>

export type Health = { status: string; message: string }

/** The customizations of argocd-cm by `group/kind`, wildcards included. */
export const customizations = (): Record<string, { 'health.lua': string }> => {
  const { data } = parse(readFileSync(new URL('../../examples/argocd/argocd-cm.yaml', import.meta.url), 'utf8')) as { data: Record<string, string> }
  return parse(data['resource.customizations'] ?? '') as Record<string, { 'health.lua': string }>
}

/**
 * Runs a health script on an object. Only libraries that Argo CD opens are there: base and table (its `util/lua/lua.go`, which opens `package`
 * and a harmless `os` too). Throws what the script throws, and where it doesn't return a table.
 */
export const healthOf = (script: string, object: object): Health => {
  const state = lauxlib.luaL_newstate()
  for (const [name, open] of [['_G', lualib.luaopen_base], ['table', lualib.luaopen_table]] as const) {
    lauxlib.luaL_requiref(state, bytesOf(name), open, 1)
    lua.lua_pop(state, 1)
  }
  push(state, object)
  lua.lua_setglobal(state, bytesOf('obj'))
  const done = lauxlib.luaL_loadstring(state, bytesOf(script)) === lua.LUA_OK && lua.lua_pcall(state, 0, 1, 0) === lua.LUA_OK
  if (!done) throw new Error(textAt(state, -1))
  if (lua.lua_type(state, -1) !== lua.LUA_TTABLE) throw new Error('the script returns no table')
  return { status: field(state, 'status'), message: field(state, 'message') }
}

/** A value on the stack. Argo CD's Lua has one kind of number; null becomes nil, which a table does not keep. */
const push = (state: State, value: unknown): void => {
  if (typeof value === 'string') return lua.lua_pushstring(state, bytesOf(value))
  if (typeof value === 'number') return lua.lua_pushnumber(state, value)
  if (typeof value === 'boolean') return lua.lua_pushboolean(state, value)
  if (Array.isArray(value)) {
    lua.lua_createtable(state, value.length, 0)
    return value.forEach((item, index) => {
      push(state, item)
      lua.lua_rawseti(state, -2, index + 1)
    })
  }
  lua.lua_createtable(state, 0, 0)
  for (const [name, item] of Object.entries(value as object)) {
    if (item === null || item === undefined) continue
    push(state, item)
    lua.lua_setfield(state, -2, bytesOf(name))
  }
}

const field = (state: State, name: string): string => {
  lua.lua_getfield(state, -1, bytesOf(name))
  const text = textAt(state, -1)
  lua.lua_pop(state, 1)
  return text
}

const textAt = (state: State, index: number): string => {
  const text = lua.lua_tostring(state, index)
  return text === null ? '' : textOf(text)
}
