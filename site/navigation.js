// In the list of all pages TypeDoc puts a link inside of each title that folds, where no keyboard and no screen reader comes to it:
// here the title says what it folds, and the link is the first of what is folded.
// @ts-check

const list = document.getElementById('tsd-nav-container')

function moveLinks() {
  for (const link of list?.querySelectorAll('summary > a') ?? []) {
    const title = document.createElement('span')
    title.append(...[...link.childNodes].map((node) => node.cloneNode(true)))
    link.replaceWith(title)
    const item = document.createElement('li')
    item.append(link)
    title.closest('details')?.querySelector('ul')?.prepend(item)
  }
}

// The list is unpacked some time after the page is there, and may have been before this runs.
if (list !== null) {
  moveLinks()
  new MutationObserver(moveLinks).observe(list, { childList: true })
}
