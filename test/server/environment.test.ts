import {describe, expect, test} from 'vitest'
import {checkNames} from '../../src/server/environment.ts'

describe('names of POSTERN_* variables', () => {
  test.each([
    ['POSTERN_DATA', null],
    ['POSTERN_TOKEN', null],
    ['POSTERN_DTAA', 'POSTERN_DATA'],
    ['POSTERN_DATA_DIR', 'POSTERN_DATA'],
    ['postern_data', 'POSTERN_DATA'],
    ['POSTERN_PUBLIC_URLS', 'POSTERN_PUBLIC_URL'],
    ['POSTERN_PUBLICURL', 'POSTERN_PUBLIC_URL'],
    ['POSTERN_LISTN', 'POSTERN_LISTEN'],
    ['POSTERN_ROOT_KEY', 'POSTERN_ROOT_KEY_FILE'],
    ['POSTERN_LOGLEVEL', 'POSTERN_LOG_LEVEL'],
    ['POSTERN_TLS_KEYS', 'POSTERN_TLS_KEY'],
    ['POSTERN_TRUSTED_PROXIES', 'POSTERN_TRUSTED_PROXY'],
    ['POSTERNLISTEN', 'POSTERN_LISTEN'],
    ['POSTERN-DATA', 'POSTERN_DATA'],
  ])('%s is almost %s', (name, meant) => {
    const {nearMisses, unknown} = checkNames({[name]: 'x'})
    expect(nearMisses).toEqual(meant === null ? [] : [{name, meant}])
    expect(unknown).toEqual([])
  })

  test.each([
    'POSTERN_SERVICE_HOST',
    'POSTERN_SERVICE_PORT',
    'POSTERN_SERVICE_PORT_HTTPS',
    'POSTERN_PORT',
    'POSTERN_PORT_8443_TCP',
    'POSTERN_PORT_8443_TCP_ADDR',
    'POSTERN_DASHBOARD_SERVICE_HOST',
    'POSTERN_DASHBOARD_PORT_8443_TCP_PROTO',
    'POSTERN_AC_BASH_SETUP_PATH',
    'POSTERNAK_URL',
    'POSTGRES_URL',
    'POSTER_DATA',
  ])('%s is none of ours', (name) => {
    expect(checkNames({[name]: 'tcp://10.0.0.1:8443'})).toEqual({nearMisses: [], unknown: []})
  })

  test.each(['POSTERN_COLOR', 'POSTERN_REPLICAS'])('%s is unknown', (name) => {
    expect(checkNames({[name]: 'x'})).toEqual({nearMisses: [], unknown: [name]})
  })
})
