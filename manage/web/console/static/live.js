// Keeps the regions of a page (data-live) as the switchboard sends them: each piece has a key, only
// what has changed is replaced, and what has the focus keeps it.
const base = document.documentElement.dataset.base ?? '';
const regions = [...document.querySelectorAll('[data-live]')];

function piece(html, region) {
  const t = document.createElement(region.tagName === 'TBODY' ? 'tbody' : 'template');
  t.innerHTML = html;
  return (t.content ?? t).firstElementChild;
}

function patch(region, { keys, set = {} }) {
  const old = new Map([...region.children].map((e, i) => [e.dataset.key ?? String(i), e]));
  const focused = document.activeElement?.closest?.('[data-key]')?.dataset.key;
  let at = null;
  for (const key of keys) {
    let e = old.get(key);
    if (set[key] !== undefined) {
      const fresh = piece(set[key], region);
      if (e) e.replaceWith(fresh);
      e = fresh;
    }
    old.delete(key);
    if (!e) continue;
    e.dataset.key = key;
    const next = at ? at.nextElementSibling : region.firstElementChild;
    if (next !== e) region.insertBefore(e, next);
    at = e;
  }
  for (const e of old.values()) e.remove();
  if (focused !== undefined && document.activeElement === document.body) region.querySelector(`[data-key="${CSS.escape(focused)}"] a`)?.focus();
}

// Durations run here, so that nothing has to be sent for them.
function tick() {
  for (const t of document.querySelectorAll('time[data-since]')) {
    const s = Math.max(0, Math.floor((Date.now() - t.dataset.since) / 1000));
    const text = `${Math.floor(s / 3600)}:${String(Math.floor(s / 60) % 60).padStart(2, '0')}:${String(s % 60).padStart(2, '0')}`;
    if (t.textContent !== text) t.textContent = text;
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

// g and a letter go to a page, as its link says.
let go = false;
addEventListener('keydown', e => {
  if (e.ctrlKey || e.altKey || e.metaKey || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName)) return;
  const to = go && { n: '/', c: '/calls', p: '/phones', t: '/trunks', o: '/office', d: '/dialplan', f: '/files', s: '/system' }[e.key];
  go = e.key === 'g';
  if (to) location.assign(base + to);
});
