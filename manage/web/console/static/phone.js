// The phone in the page: one account of sip.conf over WebSocket, one call at a time (JsSIP).
const $ = id => document.getElementById(id);
const word = name => $('words').content.querySelector(`[data-word="${name}"]`).textContent;
const base = document.documentElement.dataset.base ?? '';
let agent, call;

function say(name, more = '') { $('said').textContent = word(name) + (more ? ' ' + more : ''); }

function show() {
  const ringing = call?.direction === 'incoming' && !call.isEstablished();
  $('answer').hidden = !ringing;
  $('hangup').hidden = !call;
  $('mute').hidden = document.querySelector('.keys').hidden = !call?.isEstablished();
}

$('account').addEventListener('submit', async e => {
  e.preventDefault();
  const { default: JsSIP } = await import(e.target.dataset.jssip);
  agent?.stop();
  const where = (location.protocol === 'https:' ? 'wss://' : 'ws://') + location.host + base + '/ws';
  agent = new JsSIP.UA({ sockets: [new JsSIP.WebSocketInterface(where)], uri: `sip:${$('name').value}@${location.hostname}`, password: $('secret').value, session_timers: false, user_agent: 'Obelisk console' });
  agent.on('registered', () => say('on'));
  agent.on('unregistered', () => say('off'));
  agent.on('registrationFailed', x => say('refused', x.cause));
  agent.on('disconnected', () => say('lost'));
  agent.on('newRTCSession', ({ session, originator }) => begin(session, originator));
  agent.start();
});

function begin(session, originator) {
  if (call) { session.terminate({ status_code: 486 }); return; }
  call = session;
  const from = session.remote_identity, other = from.display_name || from.uri.user;
  session.on('progress', () => { say(originator === 'remote' ? 'rings' : 'ringing', other); show(); });
  session.on('confirmed', () => { say('up', other); show(); });
  const over = x => { if (call !== session) return; call = null; say('over', x.cause); $('quality').textContent = ''; $('server').replaceChildren(); show(); };
  session.on('ended', over);
  session.on('failed', over);
  const listen = pc => pc.addEventListener('track', t => { $('heard').srcObject = new MediaStream([t.track]); });
  if (session.connection) listen(session.connection); else session.on('peerconnection', x => listen(x.peerconnection));
  if (originator === 'remote') say('rings', other); else say('calling', other);
  show();
}

const terms = { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [], rtcpMuxPolicy: 'require' } };

$('dial').addEventListener('submit', e => {
  e.preventDefault();
  if (!agent?.isRegistered()) { say('first'); return; }
  agent.call($('number').value, terms);
});
$('answer').addEventListener('click', () => call?.answer(terms));
$('hangup').addEventListener('click', () => call?.terminate());
$('mute').addEventListener('click', () => {
  const on = !call.isMuted().audio;
  if (on) call.mute({ audio: true }); else call.unmute({ audio: true });
  $('mute').setAttribute('aria-pressed', on);
});
for (const b of document.querySelectorAll('[data-digit]')) b.addEventListener('click', () => call?.sendDTMF(b.dataset.digit, { transportType: 'RFC2833' }));

// The quality as this end and the other one see it, and as the switchboard does.
setInterval(async () => {
  if (!call?.isEstablished()) return;
  const s = { loss: 0, jitter: 0, far: 0, trip: 0 }, of = call;
  for (const x of (await call.connection.getStats()).values()) {
    if (x.type === 'inbound-rtp') { s.loss = x.packetsLost; s.jitter = Math.round(x.jitter * 1000); }
    if (x.type === 'remote-inbound-rtp') { s.far = x.packetsLost; s.trip = Math.round((x.roundTripTime ?? 0) * 1000); }
  }
  const legs = await fetch(base + '/heard?call=' + encodeURIComponent(call._request?.call_id ?? '')).then(r => r.ok ? r.json() : [], () => []);
  if (call !== of) return;
  $('quality').textContent = `${word('loss')} ${s.loss} / ${s.far}, ${word('jitter')} ${s.jitter} ms, ${word('trip')} ${s.trip} ms`;
  $('server').replaceChildren(...legs.map(l => Object.assign(document.createElement('li'), { textContent: `${l.channel}: ${word('server')} ${l.here} / ${l.there}, ${word('jitter')} ${Math.round(l.jitter)} ms` })));
}, 1000);
