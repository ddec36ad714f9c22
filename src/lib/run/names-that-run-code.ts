/**
 * Variables by which whoever sets them decides what code a program runs, or whom it trusts: what sudo takes away from a
 * command (`initial_badenv_table` of its env.c), what the loader ignores in a set-uid program (ld.so(8)), and what
 * interpreters, version control, builds and TLS libraries document. Compared with case; a `*` stands for any text.
 */
const names = [
  // The loader, the C library, and what opens its doors elsewhere.
  ...[
    'PATH',
    'LD_*',
    '_RLD*',
    'LDR_*',
    'LIBPATH',
    'SHLIB_PATH',
    'DYLD_*',
    'GCONV_PATH',
    'GETCONF_DIR',
    'GLIBC_TUNABLES',
  ],
  ...[
    'HOSTALIASES',
    'LOCALDOMAIN',
    'RES_OPTIONS',
    'RESOLV_HOST_CONF',
    'LOCPATH',
    'NLSPATH',
    'PATH_LOCALE',
    'MALLOC_TRACE',
  ],
  ...['NIS_PATH', 'TZDIR', 'TERMINFO*', 'TERMCAP', 'TERMPATH', 'KRB5_CONFIG*', 'KRB5_KTNAME', 'AUTHSTATE'],
  // Shells, and whose files they read.
  ...[
    'ENV',
    'BASH_*',
    'BASHOPTS',
    'SHELLOPTS',
    'PROMPT_COMMAND',
    'PS0',
    'PS1',
    'PS2',
    'PS4',
    'IFS',
    'CDPATH',
    'GLOBIGNORE',
    'MAILPATH',
  ],
  ...[
    'FPATH',
    'ZDOTDIR',
    'NULLCMD',
    'READNULLCMD',
    'TMPPREFIX',
    'SHELL',
    'HOME',
    'XDG_*',
    'INPUTRC',
    'COMSPEC',
    'PATHEXT',
  ],
  ...['PSModulePath', 'SystemRoot', 'windir'],
  // What programs start for their user.
  ...[
    'EDITOR',
    '*_EDITOR',
    'FCEDIT',
    'HGEDITOR',
    'VISUAL',
    'PAGER',
    '*_PAGER',
    'MANPAGER',
    'BROWSER',
    'LESSOPEN',
    'LESSCLOSE',
  ],
  ...[
    '*_ASKPASS',
    'VIMINIT',
    'EXINIT',
    'TAR_OPTIONS',
    'RSYNC_RSH',
    'RSYNC_CONNECT_PROG',
    'CVS_RSH',
    'SVN_SSH',
    'HGRCPATH',
  ],
  'HGMERGE',
  ...[
    'GIT_*COMMAND',
    'GIT_CONFIG*',
    'GIT_SSH',
    'GIT_SSH_VARIANT',
    'GIT_EXEC_PATH',
    'GIT_TEMPLATE_DIR',
    'GIT_EXTERNAL_DIFF',
  ],
  ...['GIT_DIR', 'GIT_COMMON_DIR', 'GIT_WORK_TREE', 'GIT_ALLOW_PROTOCOL', 'GIT_SSL_*', 'GIT_PROXY_*'],
  // Interpreters and virtual machines.
  ...['NODE_OPTIONS', 'NODE_PATH', 'NODE_REPL_EXTERNAL_MODULE', 'ELECTRON_RUN_AS_NODE', 'BUN_OPTIONS'],
  ...['COREPACK_*', 'YARN_RC_FILENAME', 'YARN_YARN_PATH'],
  ...[
    'PYTHON*',
    'PIP_CONFIG_FILE',
    'PERL*',
    'RUBYOPT',
    'RUBYLIB',
    'RUBYSHELL',
    'GEM_HOME',
    'GEM_PATH',
    'BUNDLE_GEMFILE',
  ],
  ...['JAVA_TOOL_OPTIONS', '_JAVA_OPTIONS', 'JDK_JAVA_OPTIONS', 'JAVA_OPTS', 'JAVA_HOME', 'CLASSPATH', 'MAVEN_OPTS'],
  ...['MAVEN_ARGS', 'GRADLE_OPTS', 'ANT_OPTS', 'ANT_ARGS', 'CATALINA_OPTS', 'SBT_OPTS'],
  ...['DOTNET_STARTUP_HOOKS', 'DOTNET_ADDITIONAL_DEPS', 'DOTNET_SHARED_STORE', 'CORECLR_*', 'COR_*', 'COMPlus_*'],
  ...[
    'PHPRC',
    'PHP_INI_SCAN_DIR',
    'LUA_INIT*',
    'LUA_PATH*',
    'LUA_CPATH*',
    'R_PROFILE*',
    'R_ENVIRON*',
    'R_LIBS*',
    'R_HOME',
  ],
  ...['ERL_*FLAGS', 'ERL_LIBS', 'ELIXIR_ERL_OPTIONS', 'JULIA_LOAD_PATH', 'JULIA_DEPOT_PATH', 'GUILE_LOAD_*'],
  // Builds, deployments, plug-ins.
  ...[
    'MAKEFLAGS',
    'GNUMAKEFLAGS',
    'MFLAGS',
    'MAKEFILES',
    'RUSTC*',
    'RUSTFLAGS',
    'RUSTUP_*',
    'CARGO_HOME',
    'GOFLAGS',
    'GOENV',
  ],
  ...['GOTOOLCHAIN', 'GOROOT', 'TF_CLI_*', 'TF_REATTACH_PROVIDERS', 'ANSIBLE_CONFIG', 'DOCKER_CONFIG', 'KUBECONFIG'],
  ...['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'CLOUDSDK_CONFIG', 'CLOUDSDK_PYTHON*', 'GNUPGHOME'],
  ...['GTK_MODULES', 'GTK_PATH', 'GIO_MODULE_DIR', 'GIO_EXTRA_MODULES', 'QT_PLUGIN_PATH', 'QML*_IMPORT_PATH'],
  // Whom TLS trusts, where it tells its keys, and who stands in between.
  ...[
    'OPENSSL_*',
    'SSL_CERT_*',
    'SSLKEYLOGFILE',
    'NODE_EXTRA_CA_CERTS',
    'NODE_TLS_REJECT_UNAUTHORIZED',
    'CURL_CA_BUNDLE',
  ],
  ...['CURL_HOME', 'REQUESTS_CA_BUNDLE', 'AWS_CA_BUNDLE', 'PIP_CERT', 'WGETRC'],
  // Postern's own settings say which server it asks.
  'POSTERN_*',
]

/** In either case, since programs read both. */
const inAnyCase = ['*_PROXY', 'NPM_CONFIG_*']

const asPattern = (all: readonly string[]) => all.map((name) => name.replaceAll('*', '.*')).join('|')
const exactly = new RegExp(`^(?:${asPattern(names)})$`, process.platform === 'win32' ? 'i' : '')
const either = new RegExp(`^(?:${asPattern(inAnyCase)})$`, 'i')

/** Whether a variable of this name decides what code a program runs, or whom it trusts. */
export const runsCode = (name: string): boolean => exactly.test(name) || either.test(name)

/** Whether the name is of Postern's own credential, which no command ever gets. */
export const isOwnCredential = (name: string): boolean => /^POSTERN_TOKEN/i.test(name)
