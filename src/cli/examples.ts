// Examples in the help of a command: lines that can be pasted, each of them checked against the command line by a test.

/** The end of a help text. @param lines commands without `mimicit` in front */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  mimicit ${line}`).join('\n')}`
}
