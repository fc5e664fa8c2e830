// A small system of linear equations with a symmetric positive definite matrix, by Cholesky's decomposition.

/** Solves `matrix * x = right`; the matrix is overwritten. */
export function solve(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const size = right.length
  for (let j = 0; j < size; j++) {
    const row = matrix[j]!
    for (let k = 0; k < j; k++) row[j]! -= row[k]! * row[k]!
    const pivot = Math.sqrt(row[j]!)
    row[j] = pivot
    for (let i = j + 1; i < size; i++) {
      const lower = matrix[i]!
      for (let k = 0; k < j; k++) lower[j]! -= lower[k]! * row[k]!
      lower[j]! /= pivot
    }
  }
  const x = right.slice()
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) x[i]! -= matrix[i]![k]! * x[k]!
    x[i]! /= matrix[i]![i]!
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) x[i]! -= matrix[k]![i]! * x[k]!
    x[i]! /= matrix[i]![i]!
  }
  return x
}
