/** The fractional bits of roots of primes, of which the SHA-2 family makes its constants. */

/** The first `bits` fractional bits of the square (2) or cube (3) roots of the first primes. */
export function rootsOfPrimes(count: number, root: 2 | 3, bits: 32 | 64): readonly bigint[] {
  return primes(count).map(prime => {
    const scaled = BigInt(prime) << BigInt(bits * root)
    return BigInt.asUintN(bits, integerRoot(scaled, BigInt(root)))
  })
}

function primes(count: number): readonly number[] {
  const found: number[] = []
  for (let next = 2; found.length < count; next++) {
    if (found.every(prime => next % prime !== 0)) found.push(next)
  }
  return found
}

function integerRoot(value: bigint, root: bigint): bigint {
  let guess = 1n << BigInt(Math.ceil(value.toString(2).length / Number(root)))
  for (;;) {
    const next = ((root - 1n) * guess + value / guess ** (root - 1n)) / root
    if (next >= guess) return guess
    guess = next
  }
}
