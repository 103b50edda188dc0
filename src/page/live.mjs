/**
 * Keeps a page that is open as new as the service. Everything works without it: it only asks for the same page again when the
 * service says that something has come, and puts the parts that differ in their places.
 */
const EVENTS = '/api/v1/events'
/** Nobody reads faster, and the service has other things to do. */
const REST_MS = 3_000

const status = document.getElementById('live')
let isWanted = false
let isAsking = false

/** What is exchanged: every part of the page that has a name of its own. Forms stay: somebody may be typing. */
const parts = (page) => [...page.querySelectorAll('main section[id], main > ul[id], main > div[id]')]

async function refresh() {
  if (isAsking || document.hidden) return
  isAsking = true
  isWanted = false
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' }, cache: 'no-cache' })
    if (answer.ok) exchange(new DOMParser().parseFromString(await answer.text(), 'text/html'))
  } catch {
    // The service is away for now; what is on the page stays, and the next event asks again.
  }
  setTimeout(() => {
    isAsking = false
    if (isWanted) void refresh()
  }, REST_MS)
}

function exchange(fresh) {
  for (const part of parts(document)) {
    const other = fresh.getElementById(part.id)
    if (other === null || isBusy(part)) continue
    keepOpen(part, other)
    if (part.isEqualNode(other)) continue
    const adopted = document.adoptNode(other)
    part.replaceWith(adopted)
  }
  const count = fresh.querySelector('header nav')
  const own = document.querySelector('header nav')
  if (count !== null && own !== null && !isBusy(own) && !own.isEqualNode(count))
    own.replaceWith(document.adoptNode(count))
  for (const part of parts(fresh)) if (document.getElementById(part.id) === null) location.reload()
}

/** Somebody is in it, by keyboard, or has marked a text. */
function isBusy(part) {
  const selection = getSelection()
  const isMarked = selection !== null && !selection.isCollapsed && selection.containsNode(part, true)
  return part.contains(document.activeElement) || isMarked
}

/** What is unfolded stays so, and where a wide table was scrolled to. */
function keepOpen(part, other) {
  const fresh = other.querySelectorAll('details')
  part.querySelectorAll('details').forEach((details, at) => {
    if (details.open && fresh[at] !== undefined) fresh[at].open = true
  })
  const scrolls = [...part.querySelectorAll('.scroll')].map(({ scrollLeft, scrollTop }) => [scrollLeft, scrollTop])
  queueMicrotask(() => {
    document
      .getElementById(part.id)
      ?.querySelectorAll('.scroll')
      .forEach((each, at) => {
        ;[each.scrollLeft, each.scrollTop] = scrolls[at] ?? [0, 0]
      })
  })
}

function want() {
  isWanted = true
  void refresh()
}

function listen() {
  const events = new EventSource(EVENTS)
  events.addEventListener('open', () => (status.textContent = 'live'))
  events.addEventListener('error', () => {
    status.textContent = ''
    // Refused for good (an older service, too many listeners): then this page is as it would be without this script.
    if (events.readyState === EventSource.CLOSED) events.close()
  })
  let isFirst = true
  events.addEventListener('state', () => {
    // The first says how things stand: as on this page, which is as young.
    if (!isFirst) want()
    isFirst = false
  })
  for (const type of ['firing', 'updated', 'resolved', 'gap']) events.addEventListener(type, want)
  addEventListener('pagehide', () => events.close())
  addEventListener('pageshow', ({ persisted }) => persisted && listen())
  document.addEventListener('visibilitychange', () => !document.hidden && isWanted && void refresh())
}

// A fixed range does not change.
if (status !== null && 'EventSource' in globalThis && !new URLSearchParams(location.search).has('to')) listen()
