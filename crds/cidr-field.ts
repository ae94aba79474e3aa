import { rule, text } from './fields.ts'

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
    rule(`!isCIDR(self) || ![${special.map(block => `cidr('${block}')`).join(', ')}].exists(block, block.containsCIDR(self))`,
      `${field} must not be loopback, link-local, multicast or reserved: use a private block, for example 10.0.0.0/16`),
  ],
})

const special = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3']
