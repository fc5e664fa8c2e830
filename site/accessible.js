// What TypeDoc's theme leaves out for people who do not look at a page but have it read, or go through it by keyboard: a main
// part, names for the parts beside it, levels of headings that follow one another, and titles to fold that have no link inside.
// @ts-check
import { PageEvent } from 'typedoc'

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.renderer.on(PageEvent.END, (page) => {
    if (page.contents?.startsWith('<!DOCTYPE html>')) page.contents = accessible(page.contents)
  })
}

/** @param {string} html */
export function accessible(html) {
  return withHeadingLevels(withoutLinksInSummaries(withLandmarks(html)))
}

/** @param {string} html */
function withLandmarks(html) {
  return html
    .replace('<div class="col-content">', '<main class="col-content">')
    .replace(/<\/div>(?=<div class="col-sidebar">)/, '</main>')
    .replace('<div class="page-menu">', '<div class="page-menu" role="complementary" aria-label="On this page">')
    .replace('<nav class="tsd-navigation">', '<nav class="tsd-navigation" aria-label="All pages">')
}

/**
 * A link inside of what folds can be reached by no keyboard; the heading keeps its id, so links from elsewhere still lead to it.
 * @param {string} html
 */
function withoutLinksInSummaries(html) {
  return html.replaceAll(/<summary\b.*?<\/summary>/gs, (summary) =>
    summary.replaceAll(/<a [^>]*class="tsd-anchor-icon".*?<\/a>/gs, ''),
  )
}

/**
 * A heading that skips a level says which it has; how it looks stays as it is.
 * @param {string} html
 */
function withHeadingLevels(html) {
  let before = 0
  return html.replaceAll(/<h([1-6])(?=[\s>])/g, (tag, digit) => {
    const level = Math.min(Number(digit), before + 1)
    before = level
    return level === Number(digit) ? tag : `${tag} aria-level="${level}"`
  })
}
