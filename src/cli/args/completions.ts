/** Completion scripts for shells, as text. */

/** A verb of the command line; the call without a verb has an empty name. */
export interface Verb {
  readonly name: string
  readonly description: string
  readonly flags: readonly Flag[]
}

interface Flag {
  /** `--format`, `-f`. */
  readonly names: readonly string[]
  readonly description: string
  readonly takesValue: boolean
  /** The allowed values; empty where any value is allowed. */
  readonly choices: readonly string[]
}

/** The scripts by shell. */
export const scripts = { bash, zsh, fish } as const

const shells = 'bash zsh fish'

function bash(verbs: readonly Verb[]): string {
  const names = namesOf(verbs)
  const flags = verbs.map(
    verb =>
      `    ${verb.name || "''"}) flags='${verb.flags.flatMap(flag => flag.names).join(' ')}' ;;`,
  )
  const choices = verbs.flatMap(verb =>
    verb.flags
      .filter(flag => flag.choices.length > 0)
      .map(
        flag =>
          `    ${flag.names.map(name => `${verb.name}:${name}`).join('|')}) choices='${flag.choices.join(' ')}' ;;`,
      ),
  )
  return `# bash completion of gen-node: source <(gen-node completion bash)
_gen_node() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} verb='' flags='' choices='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in ${names.join('|')}) verb=$word; break ;; esac
  done
  case $verb:$prev in
${choices.join('\n')}
    completion:completion) choices='${shells}' ;;
  esac
  case $verb in
${flags.join('\n')}
  esac
  if [[ -n $choices ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$cur")
  elif [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$cur")
  elif [[ -z $verb && $COMP_CWORD -eq 1 ]]; then
    mapfile -t COMPREPLY < <(compgen -W '${names.join(' ')}' -- "$cur"; compgen -f -- "$cur")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  fi
}
complete -o filenames -F _gen_node gen-node
`
}

function zsh(verbs: readonly Verb[]): string {
  const [withoutVerb, ...named] = verbs
  const specs = (verb: Verb | undefined) =>
    (verb?.flags ?? []).map(flag => `      ${zshFlag(flag)} \\`)
  const branches = named.map(verb => {
    const operand = verb.name === 'completion' ? `'1:shell:(${shells})'` : `'*:file:_files'`
    return `    ${verb.name})\n      _arguments \\\n${specs(verb).join('\n')}\n      '1: :' ${operand} ;;`
  })
  const choices = named.map(({ name, description }) => `${name}\\:${zshText(description)}`)
  return `#compdef gen-node
# zsh completion of gen-node: gen-node completion zsh > "\${fpath[1]}/_gen-node"
_gen_node() {
  local verb=\${words[(r)(${namesOf(verbs).join('|')})]}
  case $verb in
${branches.join('\n').replaceAll("'1: :' '1:shell", "'1: :' '2:shell")}
    *)
      local -a verbs=(${choices.map(choice => `"${choice.replace('\\:', ':')}"`).join(' ')})
      _arguments \\
${specs(withoutVerb).join('\n')}
      '1: :{_describe verb verbs; _files}' '*:file:_files' ;;
  esac
}
compdef _gen_node gen-node
`
}

function zshFlag({ names, description, takesValue, choices }: Flag): string {
  const what = `[${zshText(description)}]`
  const value = !takesValue
    ? ''
    : choices.length > 0
      ? `:value:(${choices.join(' ')})`
      : ':value:_files'
  if (names.length === 1) return `'*${names[0]}${what}${value}'`
  return `{${names.map(name => `'*${name}${what}${value}'`).join(',')}}`
}

function zshText(text: string): string {
  return text.replace(/['"`$\\]/g, '').replace(/[[\]:]/g, ' ')
}

function fish(verbs: readonly Verb[]): string {
  const names = namesOf(verbs).join(' ')
  const withoutVerb = `not __fish_seen_subcommand_from ${names}`
  return [
    '# fish completion of gen-node: gen-node completion fish > ~/.config/fish/completions/gen-node.fish',
    ...verbs.flatMap(({ name, description, flags }) => {
      const when = `-n '${name === '' ? withoutVerb : `__fish_seen_subcommand_from ${name}`}'`
      const verbItself =
        name === ''
          ? []
          : [`complete -c gen-node -n '${withoutVerb}' -a ${name} -d '${fishText(description)}'`]
      return [...verbItself, ...flags.map(flag => `complete -c gen-node ${when} ${fishFlag(flag)}`)]
    }),
    `complete -c gen-node -n '__fish_seen_subcommand_from completion' -f -a '${shells}'`,
    '',
  ].join('\n')
}

function fishFlag({ names, description, takesValue, choices }: Flag): string {
  const options = names.map(name =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  )
  const value = choices.length > 0 ? [`-x -a '${choices.join(' ')}'`] : takesValue ? ['-r'] : []
  return [...options, ...value, `-d '${fishText(description)}'`].join(' ')
}

function fishText(text: string): string {
  return text.replace(/['\\]/g, '\\$&')
}

function namesOf(verbs: readonly Verb[]): readonly string[] {
  return verbs.map(({ name }) => name).filter(name => name !== '')
}
