// A room of its own, imported when a proxy applies. Named again here because a CommonJS package that is imported lazily
// gives a split bundle its default export alone.
export {HttpsProxyAgent} from 'https-proxy-agent'
