/** The shells that have a hook. */
export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/**
 * What a shell's start-up file evaluates. In a folder with a `postern.json` in it or above, it asks `postern hook SHELL --load`
 * what to do, and nowhere else: a prompt elsewhere starts no program. A project that is left is unloaded before anything is
 * asked, so that a server which does not answer leaves nothing behind.
 *
 * What is loaded is in variables that a shell started within the folder inherits: `_POSTERN_FOLDER`, `_POSTERN_KEY` (of what was
 * loaded), `_POSTERN_NAMES`, and `_POSTERN_OLD_NAME` with what a variable was before, exported if that was. `_POSTERN_AT` is the
 * folder that was looked at last. All other names are the store's: what is local is named as no key may be.
 */
export const scriptOf = (shell: Shell): string => scripts[shell]

/** What bash and zsh have in common. */
const posix = `
_postern_look() {
  [[ $PWD == "\${_POSTERN_AT-}" ]] && return
  local _postern_folder=$PWD _postern_code=
  while [[ ! -e $_postern_folder/postern.json && ! -L $_postern_folder/postern.json ]]; do
    if [[ $_postern_folder != */* ]]; then
      _POSTERN_AT=$PWD
      _postern_unload
      return
    fi
    _postern_folder=\${_postern_folder%/*}
  done
  [[ $_postern_folder == "\${_POSTERN_FOLDER-}" ]] || _postern_unload
  _POSTERN_AT=$PWD
  _postern_code=$(command postern hook __SHELL__ --load) || _postern_code=_postern_unload
  eval "$_postern_code"
  export _POSTERN_FOLDER=$_postern_folder
}
postern() {
  command postern "$@" || return
  case \${1-} in
    allow | deny | login | logout)
      _POSTERN_AT= _POSTERN_KEY=
      _postern_prompt
      ;;
  esac
}
`.trim()

const bash = `
_postern_attributes() {
  _postern_is=$(declare -p "$1" 2>/dev/null)
  _postern_is=\${_postern_is#declare -}
  _postern_is=\${_postern_is%% *}
}
_postern_set() {
  local _postern_is=
  _postern_attributes "$1"
  # An array, a number or a reference would have the shell evaluate the text.
  if [[ $_postern_is == *[aAilnru]* ]]; then
    printf 'postern: %s is a variable of the shell, and was left as it is\\n' "$1" >&2
    return
  fi
  if [[ -n \${!1+x} ]]; then
    printf -v "_POSTERN_OLD_$1" %s "\${!1}"
    [[ $_postern_is == *x* ]] && export "_POSTERN_OLD_$1"
  fi
  export "$1=$2" "_POSTERN_NAMES=\${_POSTERN_NAMES:+$_POSTERN_NAMES }$1"
}
_postern_unload() {
  local _postern_name _postern_old _postern_is= IFS=' '
  for _postern_name in \${_POSTERN_NAMES-}; do
    _postern_old=_POSTERN_OLD_$_postern_name
    unset "$_postern_name"
    [[ -n \${!_postern_old+x} ]] || continue
    printf -v "$_postern_name" %s "\${!_postern_old}"
    _postern_attributes "$_postern_old"
    [[ $_postern_is == *x* ]] && export "$_postern_name"
    unset "$_postern_old"
  done
  [[ -z \${_POSTERN_NAMES-} ]] || printf 'postern: unloaded\\n' >&2
  unset _POSTERN_NAMES _POSTERN_KEY _POSTERN_FOLDER
}
__POSIX__
_postern_prompt() {
  local _postern_status=$? _postern_trace=$-
  { set +x; } 2>/dev/null
  _postern_look
  [[ $_postern_trace == *x* ]] && set -x
  return $_postern_status
}
if [[ "\${PROMPT_COMMAND[*]-}" != *_postern_prompt* ]]; then
  PROMPT_COMMAND=_postern_prompt\${PROMPT_COMMAND:+;$PROMPT_COMMAND}
fi
`

const zsh = `
_postern_set() {
  # An array or a number would have the shell evaluate the text, and what is special it acts on.
  if [[ \${(Pt)1} == *(array|association|integer|float|special|tied|readonly)* ]]; then
    print -r -u2 -- "postern: $1 is a variable of the shell, and was left as it is"
    return
  fi
  if (( \${(P)+1} )); then
    typeset -g "_POSTERN_OLD_$1=\${(P)1}"
    [[ \${(Pt)1} == *export* ]] && export "_POSTERN_OLD_$1"
  fi
  export "$1=$2" "_POSTERN_NAMES=\${_POSTERN_NAMES:+$_POSTERN_NAMES }$1"
}
_postern_unload() {
  local _postern_name _postern_old
  for _postern_name in \${(s: :)_POSTERN_NAMES-}; do
    _postern_old=_POSTERN_OLD_$_postern_name
    unset "$_postern_name"
    (( \${(P)+_postern_old} )) || continue
    typeset -g "$_postern_name=\${(P)_postern_old}"
    [[ \${(Pt)_postern_old} == *export* ]] && export "$_postern_name"
    unset "$_postern_old"
  done
  [[ -z \${_POSTERN_NAMES-} ]] || print -u2 'postern: unloaded'
  unset _POSTERN_NAMES _POSTERN_KEY _POSTERN_FOLDER
}
__POSIX__
_postern_prompt() {
  emulate -L zsh
  unsetopt xtrace
  _postern_look
}
autoload -Uz add-zsh-hook
add-zsh-hook precmd _postern_prompt
add-zsh-hook chpwd _postern_prompt
`

const fish = `
function _postern_set
    if set -qg $argv[1]
        set -l _postern_as -gu
        set -qgx $argv[1]; and set _postern_as -gx
        set $_postern_as _POSTERN_OLD_$argv[1] $$argv[1]
    end
    # A set that succeeds leaves the status as it was.
    true
    set -gx $argv[1] $argv[2]; or return
    set -gx _POSTERN_NAMES (string trim -- "$_POSTERN_NAMES $argv[1]")
end
function _postern_unload
    for _postern_name in (string split -n ' ' -- "$_POSTERN_NAMES")
        set -l _postern_old _POSTERN_OLD_$_postern_name
        set -eg $_postern_name
        set -qg $_postern_old; or continue
        set -l _postern_as -gu
        set -qgx $_postern_old; and set _postern_as -gx
        set $_postern_as $_postern_name $$_postern_old
        set -eg $_postern_old
    end
    test -z "$_POSTERN_NAMES"; or echo 'postern: unloaded' >&2
    set -eg _POSTERN_NAMES
    set -eg _POSTERN_KEY
    set -eg _POSTERN_FOLDER
end
function _postern_look --on-variable PWD --on-event fish_prompt
    test "$PWD" = "$_POSTERN_AT"; and return
    set -l _postern_folder $PWD
    while not test -e $_postern_folder/postern.json -o -L $_postern_folder/postern.json
        if test -z "$_postern_folder"
            set -g _POSTERN_AT $PWD
            _postern_unload
            return
        end
        set _postern_folder (string replace -r '/[^/]*$' '' -- $_postern_folder)
    end
    test "$_postern_folder" = "$_POSTERN_FOLDER"; or _postern_unload
    set -g _POSTERN_AT $PWD
    command postern hook fish --load | source
    test $pipestatus[1] -eq 0; or _postern_unload
    set -gx _POSTERN_FOLDER $_postern_folder
end
function postern --wraps postern
    command postern $argv; or return
    switch "$argv[1]"
        case allow deny login logout
            set -g _POSTERN_AT
            set -gx _POSTERN_KEY
            _postern_look
    end
end
`

const whole = (shell: 'bash' | 'zsh', own: string): string =>
  own
    .replace('__POSIX__', () => posix)
    .replace('__SHELL__', shell)
    .trimStart()

const scripts: Record<Shell, string> = {bash: whole('bash', bash), zsh: whole('zsh', zsh), fish: fish.trimStart()}
