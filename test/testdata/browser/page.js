// A page with one SIP user agent, JsSIP or SIP.js as they come, and its calls by name. The microphone
// is a tone made here; what is heard is measured.
const context = new AudioContext();
const sleep = ms => new Promise(r => setTimeout(r, ms));
const calls = new Map();
let agent, host, hz, incoming = 0;

function microphone() {
  const tone = context.createOscillator(), level = context.createGain(), out = context.createMediaStreamDestination();
  tone.frequency.value = hz;
  level.gain.value = 0.4;
  tone.connect(level).connect(out);
  tone.start();
  return out.stream;
}

class Call {
  constructor(name) { this.name = name; this.state = 'new'; this.why = ''; calls.set(name, this); }
  is(state, why = '') { if (this.state !== 'over') { this.state = state; this.why = why; } }
  // hears has a connection's tracks played, without which nothing is decoded, and listened to.
  hears(pc) {
    if (!pc || this.pc === pc) return;
    this.pc = pc;
    const listen = track => {
      const stream = new MediaStream([track]);
      this.player = new Audio();
      this.player.srcObject = stream;
      this.player.play().catch(() => {});
      this.ear = context.createAnalyser();
      this.ear.fftSize = 16384;
      this.ear.smoothingTimeConstant = 0;
      context.createMediaStreamSource(stream).connect(this.ear);
    };
    for (const r of pc.getReceivers()) if (r.track?.kind === 'audio') listen(r.track);
    pc.addEventListener('track', e => { if (e.track.kind === 'audio') listen(e.track); });
  }
}

const libraries = {
  async jssip(o) {
    const { default: JsSIP } = await import('/jssip.js');
    const socket = new JsSIP.WebSocketInterface(o.url);
    const ua = new JsSIP.UA({ sockets: [socket], uri: `sip:${o.user}@${host}`, password: o.secret, session_timers: false });
    const follow = (call, s) => {
      call.session = s;
      s.on('progress', () => call.is('ringing'));
      s.on('confirmed', () => call.is('up'));
      const over = e => call.is('over', [e.originator, e.cause, e.message?.status_code, e.message?.getHeader?.('Reason')].filter(Boolean).join(' '));
      s.on('failed', over);
      s.on('ended', over);
      if (s.connection) call.hears(s.connection); else s.on('peerconnection', e => call.hears(e.peerconnection));
    };
    ua.on('newRTCSession', e => {
      if (e.originator === 'local') return;
      const call = new Call('in' + ++incoming);
      follow(call, e.session);
      e.session.answer({ mediaStream: microphone(), pcConfig: { iceServers: [] } });
    });
    agent = {
      call(call, target, tamper) {
        const s = ua.call(`sip:${target}@${host}`, { mediaStream: microphone(), pcConfig: { iceServers: [] } });
        follow(call, s);
        if (tamper) s.on('sdp', e => { e.sdp = tampers[tamper](e.originator, e.type, e.sdp); });
      },
      hold: (call, on) => new Promise(r => on ? call.session.hold({}, r) : call.session.unhold({}, r)),
      keys: (call, digits) => call.session.sendDTMF(digits, { transportType: 'RFC2833', duration: 120, interToneGap: 120 }),
      refer: (call, target) => new Promise(r => call.session.refer(`sip:${target}@${host}`, { eventHandlers: {
        accepted: () => { call.session.terminate(); r('accepted'); }, failed: () => r('failed'), requestFailed: e => r(e.cause) } })),
      // attend has the other end of a call talk with that of another one, which this page has spoken to
      attend: (call, other) => new Promise(r => call.session.refer(other.session.remote_identity.uri, { replaces: other.session, eventHandlers: {
        accepted: () => { call.session.terminate(); r('accepted'); }, failed: () => r('failed'), requestFailed: e => r(e.cause) } })),
      // moves: the page has another network; ICE begins anew, with new credentials
      moves: call => new Promise(r => { if (!call.session.renegotiate({ rtcOfferConstraints: { iceRestart: true } }, () => r('done'))) r('refused'); }),
      // cut is what a change of network does to the connection: it is gone, and the page comes back
      cut: () => new Promise(r => { ua.once('registered', () => r('registered')); socket._ws.close(); }),
      bye: call => call.session.terminate(),
    };
    return new Promise(r => {
      ua.on('registered', () => r('registered'));
      ua.on('registrationFailed', e => r('refused: ' + e.cause));
      ua.start();
    });
  },

  async sipjs(o) {
    const { UserAgent, Registerer, Inviter, SessionState, Web } = await import('/sipjs.js');
    const factory = Web.defaultSessionDescriptionHandlerFactory(async () => microphone());
    const ua = new UserAgent({ uri: UserAgent.makeURI(`sip:${o.user}@${host}`), transportOptions: { server: o.url }, authorizationUsername: o.user, authorizationPassword: o.secret, logLevel: 'error',
      sessionDescriptionHandlerFactory: factory, sessionDescriptionHandlerFactoryOptions: { iceGatheringTimeout: 1000, peerConnectionConfiguration: { iceServers: [] } } });
    agent = {
      async call(call, target) {
        const s = call.session = new Inviter(ua, UserAgent.makeURI(`sip:${target}@${host}`));
        s.stateChange.addListener(x => {
          call.hears(s.sessionDescriptionHandler?.peerConnection);
          if (x === SessionState.Established) call.is('up');
          if (x === SessionState.Terminated) call.is('over');
        });
        await s.invite({ requestDelegate: { onReject: r => call.is('over', String(r.message.statusCode)) } });
      },
      bye: call => call.session.bye(),
    };
    await ua.start();
    return new Promise(r => new Registerer(ua).register({ requestDelegate: { onAccept: () => r('registered'), onReject: x => r('refused: ' + x.message.statusCode) } }));
  },
};

const tampers = {
  // the offer names a certificate that is not ours
  fingerprint: (who, type, sdp) => who !== 'local' ? sdp : sdp.replace(/(a=fingerprint:\S+ \S*)(\S\S)(?=\r\n)/g, (_, a, b) => a + (b === '0F' ? '0E' : '0F')),
  // the packets of both sides go by a relay
  relay(who, type, sdp) {
    if (who === 'remote' && type === 'answer') fetch('/relay?to=' + /a=candidate:\S+ 1 udp \d+ \S+ (\d+)/i.exec(sdp)[1]);
    if (who !== 'local' && type !== 'answer') return sdp;
    const line = `a=candidate:1 1 udp 2130706431 127.0.0.1 ${who === 'local' ? window.relay.far : window.relay.near} typ host\r\n`;
    return sdp.replace(/a=candidate:.*\r\n/g, '').replace(/(m=audio [^]*?\r\n)(?=m=|$)/, '$1' + line);
  },
};

window.phone = {
  async start(o) { ({ host, hz } = o); await context.resume(); return libraries[o.library](o); },
  call(name, target, tamper) { agent.call(new Call(name), target, tamper); },
  state: name => { const c = calls.get(name); return c ? c.state + (c.why ? ': ' + c.why : '') : 'none'; },
  hold: (name, on) => agent.hold(calls.get(name), on),
  keys: (name, digits) => agent.keys(calls.get(name), digits),
  refer: (name, target) => agent.refer(calls.get(name), target),
  attend: (name, other) => agent.attend(calls.get(name), calls.get(other)),
  moves: name => agent.moves(calls.get(name)),
  cut: () => agent.cut(),
  ufrag: name => /a=ice-ufrag:(\S+)/.exec(calls.get(name).pc.localDescription.sdp)[1],
  bye: name => { try { agent.bye(calls.get(name)); } catch (e) { return String(e); } return ''; },
  // hear is the strongest frequency, the level, and the share of the energy near that frequency.
  hear(name) {
    const ear = calls.get(name)?.ear;
    if (!ear) return { hz: 0, level: 0, share: 0 };
    const wave = new Float32Array(ear.fftSize), db = new Float32Array(ear.frequencyBinCount), bin = context.sampleRate / ear.fftSize;
    ear.getFloatTimeDomainData(wave);
    ear.getFloatFrequencyData(db);
    const power = Array.from(db, x => Number.isFinite(x) ? 10 ** (x / 10) : 0);
    let top = 0, all = 0;
    for (let i = Math.ceil(60 / bin); i < power.length; i++) { all += power[i]; if (power[i] > power[top]) top = i; }
    let near = 0;
    for (let i = Math.max(0, top - Math.ceil(15 / bin)); i <= top + Math.ceil(15 / bin); i++) near += power[i] ?? 0;
    return { hz: top * bin, level: Math.sqrt(wave.reduce((s, x) => s + x * x, 0) / wave.length), share: all ? near / all : 0 };
  },
};
