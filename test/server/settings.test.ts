import {describe, expect, test} from 'vitest'
import {readSettings, type Settings, type StartFlags} from '../../src/server/settings.ts'
import {StartError} from '../../src/server/start-error.ts'

const home = {HOME: '/home/ada'}

describe('settings', () => {
  test.each<[string, StartFlags, NodeJS.ProcessEnv, Partial<Settings>]>([
    [
      'defaults',
      {},
      home,
      {data: '/home/ada/.local/share/postern', listen: {host: '127.0.0.1', port: 8443}, tls: null},
    ],
    ['XDG', {}, {...home, XDG_DATA_HOME: '/data'}, {data: '/data/postern'}],
    [
      'a relative XDG folder is ignored',
      {},
      {...home, XDG_DATA_HOME: 'data'},
      {data: '/home/ada/.local/share/postern'},
    ],
    ['the environment', {}, {...home, POSTERN_DATA: '/srv/p'}, {data: '/srv/p'}],
    ['a flag before the environment', {data: '/flag'}, {...home, POSTERN_DATA: '/srv/p'}, {data: '/flag'}],
    ['localhost', {listen: 'localhost:0'}, home, {listen: {host: '127.0.0.1', port: 0}}],
    ['IPv6', {listen: '[::1]:9000'}, home, {listen: {host: '::1', port: 9000}}],
    [
      'its own listener',
      {'dashboard-listen': '127.0.0.1:9443'},
      home,
      {dashboardListen: {host: '127.0.0.1', port: 9443}},
    ],
    ['URLs', {'public-url': ['https://A.example:443/']}, home, {publicUrls: ['https://a.example']}],
    [
      'URLs in the environment',
      {},
      {...home, POSTERN_PUBLIC_URL: 'https://a.example, https://10.0.0.7:8443'},
      {publicUrls: ['https://a.example', 'https://10.0.0.7:8443']},
    ],
    ['an empty variable counts as none', {}, {...home, POSTERN_LISTEN: ''}, {listen: {host: '127.0.0.1', port: 8443}}],
    ['proxies', {'trusted-proxy': ['10.0.0.0/8', '::1']}, home, {trustedProxies: ['10.0.0.0/8', '::1']}],
    ['the log level', {}, {...home, POSTERN_LOG_LEVEL: 'trace'}, {logLevel: 'trace'}],
    [
      'Kubernetes',
      {},
      {...home, POSTERN_PORT: 'tcp://10.1.2.3:8443', POSTERN_SERVICE_HOST: '10.1.2.3'},
      {listen: {host: '127.0.0.1', port: 8443}},
    ],
  ])('%s', (_, flags, env, expected) => {
    const {settings, warnings} = readSettings(flags, env)
    expect(settings).toMatchObject(expected)
    expect(warnings).toEqual([])
  })

  test.each<[string, StartFlags, NodeJS.ProcessEnv, RegExp]>([
    ['a near miss', {}, {...home, POSTERN_DTAA: 'x'}, /POSTERN_DTAA.*Did you mean POSTERN_DATA\?/],
    ['no port', {listen: '127.0.0.1'}, home, /--listen/],
    ['a port too high', {listen: '127.0.0.1:65536'}, home, /--listen/],
    ['brackets around a name', {listen: '[host]:1'}, home, /--listen/],
    ['http', {'public-url': ['http://a.example']}, home, /--public-url/],
    ['a path', {'public-url': ['https://a.example/x']}, home, /--public-url/],
    ['a password in a URL', {'dashboard-url': 'https://u:hunter2@a.example'}, home, /--dashboard-url/],
    ['half a pair', {'tls-cert': 'a.pem'}, home, /go together/],
    ['no CIDR', {'trusted-proxy': ['10.0.0.0/40']}, home, /--trusted-proxy/],
    ['everything as a proxy by mistake', {'trusted-proxy': ['true']}, home, /--trusted-proxy/],
    ['no level', {}, {...home, POSTERN_LOG_LEVEL: 'loud'}, /POSTERN_LOG_LEVEL/],
  ])('refuses %s', (_, flags, env, message) => {
    const refused = () => readSettings(flags, env)
    expect(refused).toThrow(StartError)
    expect(refused).toThrow(message)
    expect(refused).toThrow(expect.objectContaining({code: 'usage'}))
    expect(refused).not.toThrow(/hunter2|loud/)
  })

  test.each<[string, StartFlags, NodeJS.ProcessEnv, RegExp | null]>([
    ['beyond loopback without a URL', {listen: '0.0.0.0:8443'}, home, /--public-url/],
    ['beyond loopback with one', {listen: '0.0.0.0:8443', 'public-url': ['https://a.example']}, home, null],
    ['a dashboard beyond loopback', {'dashboard-listen': '10.0.0.7:9443'}, home, /--dashboard-url/],
    ['an unknown variable', {}, {...home, POSTERN_COLOR: 'x'}, /POSTERN_COLOR means nothing/],
  ])('warns: %s', (_, flags, env, warning) => {
    const {warnings} = readSettings(flags, env)
    expect(warnings).toEqual(warning === null ? [] : [expect.stringMatching(warning)])
  })
})
