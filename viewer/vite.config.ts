// Builds the page of the viewer into dist/viewer/page. Only that is shipped; the framework is in it.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('.'),
  logLevel: 'warn',
  build: {
    target: 'es2022',
    outDir: here('../dist/viewer/page'),
    emptyOutDir: true,
    // A style or script inside the page would be refused by its own content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
})
