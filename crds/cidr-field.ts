import { rule, text } from './fields.ts'

const special = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3']

const notSpecial = `!isCIDR(self) || ![${special.map(block => `cidr('${block}')`).join(', ')}].exists(block, block.containsCIDR(self))`

/**
 * An IPv4 block as EC2 takes it for a VPC or a subnet: /16 to /28, first address of the block, none that means something else everywhere.
 * @param field - name of the field for the messages.
 */
export const cidrBlock = (field: string, description: string) => text({
  description,
  min: 9,
  max: 18,
  rules: [
    rule('isCIDR(self) && cidr(self).ip().family() == 4', `${field} must be an IPv4 block, for example 10.0.0.0/16`),
    rule('!isCIDR(self) || (cidr(self).prefixLength() >= 16 && cidr(self).prefixLength() <= 28)', `${field} must be a block of /16 to /28`),
    rule('!isCIDR(self) || cidr(self) == cidr(self).masked()',
      `${field} must begin at the first address of its block: for 10.0.1.5/24 write 10.0.1.0/24`),
    rule(notSpecial, `${field} must not be loopback, link-local, multicast or reserved: use a private block, for example 10.0.0.0/16`),
  ],
})

/** A block of either family at the other end of a connection, for rules and lists of them. */
export const anyBlock = (description: string) => text({
  description,
  min: 4,
  max: 43,
  rules: [
    rule('isCIDR(self)', 'cidr must be an IPv4 or IPv6 block, for example 203.0.113.0/24 or 0.0.0.0/0'),
    rule('!isCIDR(self) || cidr(self) == cidr(self).masked()', 'cidr must begin at the first address of its block: for 10.0.1.5/24 write 10.0.1.0/24'),
  ],
})

/**
 * An IPv4 block of any length that traffic can be sent to: 0.0.0.0/0 too, but none that means something else everywhere.
 * @param field - name of the field for the messages. @param example - for the message.
 */
export const routableBlock = (field: string, example: string, description: string) => text({
  description,
  min: 9,
  max: 18,
  rules: [
    rule('isCIDR(self) && cidr(self).ip().family() == 4', `${field} must be an IPv4 block, for example ${example}`),
    rule('!isCIDR(self) || cidr(self) == cidr(self).masked()', `${field} must begin at the first address of its block: for 10.0.1.5/24 write 10.0.1.0/24`),
    rule(notSpecial, `${field} must not be loopback, link-local, multicast or reserved: write for example ${example}`),
  ],
})

/** One IPv4 address. @param where - completes "… must be an IPv4 address …", for example `inside the subnet, for example 10.0.1.5`. */
export const ipv4Address = (field: string, where: string, description: string) => text({
  description,
  min: 7,
  max: 15,
  rules: [rule('isIP(self) && ip(self).family() == 4', `${field} must be an IPv4 address ${where}`)],
})
