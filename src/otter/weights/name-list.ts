// Many names in few words, none left out: layers of the same kind stand together, `layers.{0-3,5}.norm.weight`.

/** Numbers as ranges: 0-3,5. */
function ranges(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b)
  const parts: string[] = []
  for (let i = 0; i < sorted.length; ) {
    let end = i
    while (sorted[end + 1] === sorted[end]! + 1) end++
    parts.push(end === i ? `${sorted[i]}` : `${sorted[i]}-${sorted[end]}`)
    i = end + 1
  }
  return parts.join(',')
}

/** Names joined by commas, with the first number that stands alone between dots gathered into ranges. */
export function nameList(names: readonly string[]): string {
  const groups = new Map<string, { readonly before: string; readonly after: string; readonly numbers: number[] }>()
  for (const name of names) {
    const [, before, number, after] = /^(.*?\.)(\d{1,6})(\..*)$/s.exec(name) ?? []
    if (before === undefined || after === undefined) groups.set(name, { before: name, after: '', numbers: [] })
    else {
      const group = groups.get(`${before}*${after}`) ?? { before, after, numbers: [] }
      group.numbers.push(Number(number))
      groups.set(`${before}*${after}`, group)
    }
  }
  return [...groups.values()]
    .map(({ before, after, numbers }) => {
      if (numbers.length === 0) return before
      return numbers.length === 1 ? `${before}${numbers[0]}${after}` : `${before}{${ranges(numbers)}}${after}`
    })
    .join(', ')
}
