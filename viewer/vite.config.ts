// Builds the page of the viewer into dist/viewer/page, and what renders a report into dist/viewer/report.js (--ssr). Only the
// two are shipped; the framework is in them.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig(({ isSsrBuild = false }) => ({
  root: here('.'),
  logLevel: 'warn',
  build: {
    target: 'es2022',
    outDir: here(isSsrBuild ? '../dist/viewer' : '../dist/viewer/page'),
    emptyOutDir: !isSsrBuild,
    // A style or script inside the page would be refused by its own content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    ...(isSsrBuild && { copyPublicDir: false, rollupOptions: { input: here('src/report.tsx') } }),
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  ssr: { noExternal: true },
}))
