import { describe, expect, it } from 'vitest'
import { memoizeByBytes, memoizeByObject } from '../../src/codec/memoize.ts'

describe('memoizeByBytes', () => {
  /** A memoized sum, and the inputs for which it was computed. */
  const counted = (capacity: number) => {
    const computed: number[][] = []
    const sum = memoizeByBytes(bytes => {
      computed.push([...bytes])
      return { sum: bytes.reduce((a, b) => a + b, 0) }
    }, capacity)
    return { sum, computed }
  }

  it('computes once for equal contents', () => {
    const { sum, computed } = counted(2)
    expect(sum(Uint8Array.of(1, 2))).toBe(sum(Uint8Array.of(1, 2)))
    expect(sum(Uint8Array.of(2, 1))).toEqual({ sum: 3 })
    expect(sum(Uint8Array.of())).toEqual({ sum: 0 })
    expect(computed).toEqual([[1, 2], [2, 1], []])
  })

  it('keeps no more results than its capacity', () => {
    const { sum, computed } = counted(2)
    for (const value of [1, 2, 3, 2, 1]) sum(Uint8Array.of(value))
    expect(computed).toEqual([[1], [2], [3], [1]])
  })

  it('is not affected by later changes of an input', () => {
    const { sum } = counted(2)
    const bytes = Uint8Array.of(1)
    sum(bytes)
    bytes[0] = 5
    expect(sum(bytes)).toEqual({ sum: 5 })
    expect(sum(Uint8Array.of(1))).toEqual({ sum: 1 })
  })
})

it('memoizeByObject computes once for each object', () => {
  let calls = 0
  const length = memoizeByObject((list: readonly number[]) => {
    calls++
    return list.length
  })
  const list = [1, 2]
  expect([length(list), length(list), length([1, 2])]).toEqual([2, 2, 2])
  expect(calls).toBe(2)
})
