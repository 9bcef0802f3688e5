// Keeps the regions of a page (data-live) as the switchboard sends them: each piece has a key, only
// what has changed is replaced, and what has the focus keeps it.
const base = document.documentElement.dataset.base ?? '';
const regions = [...document.querySelectorAll('[data-live]')];

function piece(html, region) {
  const t = document.createElement(region.tagName === 'TBODY' ? 'tbody' : 'template');
  t.innerHTML = html;
  return (t.content ?? t).firstElementChild;
}

// pieces of a region by their keys; the server's page gives keys to rows and numbers to the rest.
const known = new Map();
function pieces(region) {
  if (!known.has(region)) known.set(region, new Map([...region.children].map((e, i) => [e.dataset.key ?? String(i), e])));
  return known.get(region);
}

function patch(region, { keys, gone = [], tail = [], set = {}, none }) {
  const have = pieces(region), focused = document.activeElement?.closest?.('[data-key]')?.dataset.key;
  if (none) keys = [];
  if (keys) {
    const stay = new Set(keys);
    gone = [...have.keys()].filter(k => !stay.has(k));
  }
  for (const k of gone) { have.get(k)?.remove(); have.delete(k); }
  for (const [k, html] of Object.entries(set)) {
    const fresh = piece(html, region), old = have.get(k);
    fresh.dataset.key = k;
    if (old && old.isEqualNode(fresh)) continue;
    have.set(k, fresh);
    if (old) old.replaceWith(fresh);
  }
  if (keys) {
    let next = region.firstElementChild;
    for (const k of keys) {
      const e = have.get(k);
      if (!e) continue;
      if (e === next) next = next.nextElementSibling; else region.insertBefore(e, next);
    }
  } else region.append(...tail.map(k => have.get(k)).filter(Boolean));
  if (focused !== undefined && document.activeElement === document.body) region.querySelector(`[data-key="${CSS.escape(focused)}"] a`)?.focus();
}

// Durations run here, so that nothing has to be sent for them.
function tick() {
  for (const t of document.querySelectorAll('time[data-since]')) {
    const s = Math.max(0, Math.floor((Date.now() - t.dataset.since) / 1000));
    const text = `${Math.floor(s / 3600)}:${String(Math.floor(s / 60) % 60).padStart(2, '0')}:${String(s % 60).padStart(2, '0')}`;
    if (t.textContent !== text) t.firstChild ? t.firstChild.data = text : t.textContent = text;
  }
}

if (regions.length) {
  const { page, id } = regions[0].dataset, lost = document.querySelector('[data-link]');
  const from = new EventSource(base + '/live?page=' + page + (id ? '&id=' + encodeURIComponent(id) : ''));
  from.onmessage = m => {
    const all = JSON.parse(m.data);
    for (const r of regions) if (all[r.dataset.live]) patch(r, all[r.dataset.live]);
    tick();
  };
  from.onopen = () => { lost.hidden = true; };
  from.onerror = () => { lost.hidden = false; };
  addEventListener('pagehide', () => from.close());
  setInterval(tick, 1000);
  tick();
}

// Keys: / finds, g and a letter go to a page, as its link says.
let go = false;
addEventListener('keydown', e => {
  if (e.ctrlKey || e.altKey || e.metaKey || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName)) return;
  const find = document.getElementById('q');
  if (e.key === '/' && find) { e.preventDefault(); find.focus(); }
  const to = go && document.querySelector(`nav a[data-go="${CSS.escape(e.key)}"]`);
  go = e.key === 'g';
  if (to) to.click();
});

// A finding's link goes to its line in the text.
for (const a of document.querySelectorAll('a[data-line]')) a.addEventListener('click', e => {
  const t = document.getElementById('text'), all = t.value.split('\n'), n = Math.min(+a.dataset.line, all.length);
  const from = all.slice(0, n - 1).reduce((sum, l) => sum + l.length + 1, 0);
  e.preventDefault();
  t.focus();
  t.setSelectionRange(from, from + all[n - 1].length);
  t.scrollTop = (n - 5) * t.scrollHeight / all.length;
  t.scrollIntoView({ block: 'nearest' });
});

// A change that is not written yet is not lost by going elsewhere.
const text = document.getElementById('text');
if (text) {
  let changed = false;
  text.addEventListener('input', () => { changed = true; });
  text.form.addEventListener('submit', () => { changed = false; });
  addEventListener('beforeunload', e => { if (changed) e.preventDefault(); });
}
