/** A block of addresses without some of it, as a NetworkPolicy says it. */
export type Block = { cidr: string; except: readonly string[] }

/**
 * The public internet: every address that is neither private, loopback, link-local, shared by carriers, multicast nor set apart for something
 * else. Of IPv6 that is 2000::/3; what embeds an IPv4 address (mapped, NAT64, 6to4, Teredo) lies outside or is taken out.
 * Source: IANA's registries of special-purpose addresses.
 */
export const publicBlocks: readonly Block[] = [
  {
    cidr: '0.0.0.0/0',
    except: [
      '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24',
      '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24',
      '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4',
    ],
  },
  { cidr: '2000::/3', except: ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'] },
]
