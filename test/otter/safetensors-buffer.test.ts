// A file that was read comes as a Node Buffer, whose `slice` shares memory with the whole file.
import { expect, test } from 'vitest'
import { readSafeTensors, writeSafeTensors } from '../../src/otter/safetensors.js'

test('tensors of a Buffer are copies of their own bytes', () => {
  const tensors = new Map([
    ['a', { shape: [2], values: Float32Array.of(1, 2) }],
    ['b', { shape: [3], values: Float32Array.of(3, 4, 5) }],
  ])
  const read = readSafeTensors(Buffer.from(writeSafeTensors(tensors)), 'a buffer').tensors
  expect([...read].map(([name, { shape, values }]) => [name, shape, [...values]])).toEqual([
    ['a', [2], [1, 2]],
    ['b', [3], [3, 4, 5]],
  ])
})
