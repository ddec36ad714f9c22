import {describe, expect, test} from 'vitest'
import {isOwnCredential, runsCode} from '../../../src/lib/run/names-that-run-code.ts'

describe('runs code, or decides whom a program trusts', () => {
  test.each([
    ...['PATH', 'LD_PRELOAD', 'LD_LIBRARY_PATH', 'LD_AUDIT', 'DYLD_INSERT_LIBRARIES', 'GLIBC_TUNABLES', 'GCONV_PATH'],
    ...['ENV', 'BASH_ENV', 'BASH_FUNC_ls', 'PROMPT_COMMAND', 'PS4', 'IFS', 'SHELLOPTS', 'ZDOTDIR', 'HOME', 'SHELL'],
    ...['NODE_OPTIONS', 'NODE_PATH', 'NPM_CONFIG_SCRIPT_SHELL', 'npm_config_registry', 'ELECTRON_RUN_AS_NODE'],
    ...['PYTHONSTARTUP', 'PYTHONPATH', 'PYTHONWARNINGS', 'PERL5OPT', 'PERL5LIB', 'PERLLIB', 'RUBYOPT', 'RUBYLIB'],
    ...[
      'GIT_SSH_COMMAND',
      'GIT_PROXY_COMMAND',
      'GIT_CONFIG_COUNT',
      'GIT_CONFIG_KEY_0',
      'GIT_SSH',
      'GIT_EDITOR',
      'GIT_PAGER',
    ],
    ...['EDITOR', 'VISUAL', 'SUDO_EDITOR', 'PAGER', 'AWS_PAGER', 'SYSTEMD_PAGER', 'BROWSER', 'LESSOPEN', 'SSH_ASKPASS'],
    ...['JAVA_TOOL_OPTIONS', '_JAVA_OPTIONS', 'JDK_JAVA_OPTIONS', 'DOTNET_STARTUP_HOOKS', 'MAKEFLAGS', 'KUBECONFIG'],
    ...['http_proxy', 'HTTP_PROXY', 'https_proxy', 'ALL_PROXY', 'no_proxy', 'Https_Proxy'],
    ...['NODE_EXTRA_CA_CERTS', 'NODE_TLS_REJECT_UNAUTHORIZED', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'OPENSSL_CONF'],
    ...['SSLKEYLOGFILE', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE', 'POSTERN_URL', 'POSTERN_CA_FILE'],
  ])('%s', (name) => {
    expect(runsCode(name)).toBe(true)
  })
})

describe('runs nothing', () => {
  test.each([
    ...[
      'DATABASE_URL',
      'DB_PASSWORD',
      'AWS_SECRET_ACCESS_KEY',
      'NODE_ENV',
      'GIT_TOKEN',
      'GIT_AUTHOR_NAME',
      'NPM_TOKEN',
    ],
    ...[
      'PORT',
      'PATHS',
      'MY_PATH',
      'LD',
      'ENVIRONMENT',
      'APP_ENV',
      'PAGERDUTY_KEY',
      'PROXY_HOST',
      'CARGO_REGISTRY_TOKEN',
    ],
    ...['__proto__', 'constructor', 'HOMEPAGE', 'TZ', 'LANG', 'path', 'MY_POSTERN_URL', 'JAVA', 'VITE_API'],
  ])('%s', (name) => {
    expect(runsCode(name)).toBe(false)
  })
})

test.each([
  ['POSTERN_TOKEN', true],
  ['POSTERN_TOKEN_FILE', true],
  ['POSTERN_TOKENS', true],
  ['postern_token', true],
  ['POSTERN_URL', false],
  ['MY_POSTERN_TOKEN', false],
])('%s is a name of Postern’s own credential: %s', (name, is) => {
  expect(isOwnCredential(name)).toBe(is)
})
