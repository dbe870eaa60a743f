/**
 * Loaded before the SDK: what the SDK says to its own hosts (fetch, XMLHttpRequest, sendBeacon, WebSocket) goes to the
 * sandbox that this script came from, over plain http and ws on loopback. The path keeps the host
 * (`/__host/<host>/<path>`), so that the sandbox can tell a request for the schedule from a report. Nothing else in the
 * page changes. `window.__redirect` counts what was redirected and what was left alone, by host.
 */
const script = document.currentScript;
if (!(script instanceof HTMLScriptElement)) throw new Error('redirect.js has to be loaded by a script tag');
const base = new URL(script.src);

/** The SDK's hosts: scheduling and signalling, reports, logs; and the hosts that the sandbox's schedule hands out. */
const HOSTS = [
  'cloud-rtc.com',
  'cloud-rtc.net',
  'rtc.qq.com',
  'webrtc.qq.com',
  'tim.qq.com',
  'rtc-web.com',
  'rtc-web.io',
  'my-imcloud.com',
  'tencent.cn',
  'tencent.com',
  'trtc.io',
  'sandbox.invalid',
];

interface Redirected {
  readonly base: string;
  readonly redirected: Record<string, number>;
  readonly untouched: Record<string, number>;
}
declare global {
  interface Window {
    __redirect?: Redirected;
  }
}
const seen: Redirected = { base: base.origin, redirected: {}, untouched: {} };
window.__redirect = seen;

const count = (counts: Record<string, number>, host: string) => {
  counts[host] = (counts[host] ?? 0) + 1;
};
const isOfSdk = (host: string) => HOSTS.some((known) => host === known || host.endsWith(`.${known}`));

function redirected(address: string | URL): string {
  const text = String(address);
  if (!URL.canParse(text, location.href)) return text;
  const url = new URL(text, location.href);
  if (!/^(?:https?|wss?):$/.test(url.protocol) || url.host === base.host || url.origin === location.origin) return text;
  if (!isOfSdk(url.hostname)) {
    count(seen.untouched, url.host);
    return text;
  }
  count(seen.redirected, url.host);
  const scheme = url.protocol.startsWith('ws') ? 'ws:' : 'http:';
  return `${scheme}//${base.host}/__host/${url.host}${url.pathname}${url.search}`;
}

const fetchForReal = window.fetch.bind(window);
window.fetch = (input, init) => {
  if (!(input instanceof Request)) return fetchForReal(redirected(input), init);
  const address = redirected(input.url);
  return fetchForReal(address === input.url ? input : new Request(address, input), init);
};

// Proxies keep prototypes, constants and `instanceof` exactly as they were.
Object.assign(XMLHttpRequest.prototype, {
  open: new Proxy(Reflect.get(XMLHttpRequest.prototype, 'open'), {
    apply: (open, request, [method, url, ...rest]: [string, string | URL, ...unknown[]]): unknown =>
      Reflect.apply(open, request, [method, redirected(url), ...rest]),
  }),
});
navigator.sendBeacon = new Proxy(navigator.sendBeacon.bind(navigator), {
  apply: (send, _self, [url, data]: [string | URL, BodyInit?]) => send(redirected(url), data),
});
window.WebSocket = new Proxy(window.WebSocket, {
  construct: (Native, [url, ...rest]: [string | URL, ...unknown[]], target): WebSocket =>
    Reflect.construct(Native, [redirected(url), ...rest], target) as WebSocket,
});

export {};
