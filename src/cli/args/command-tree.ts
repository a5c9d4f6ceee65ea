/** The tree of commands: every verb, every flag, every word of help. */
import { Command, Option } from 'commander'
import { emitterOptions, formats } from '../../index.ts'
import { check } from '../commands/check.ts'
import type { InspectFlags } from '../commands/inspect.ts'
import { type RenderFlags, render } from '../commands/render.ts'
import type { ReportFlags, SpecFlags } from './flags.ts'

/** Where commander's own words go. */
export interface Voice {
  readonly out: (text: string) => void
  readonly finish: (code: number) => void
}

/** The commands of this version; `finish` gets the exit code of the one that ran. */
export function commandTree(version: string, { out, finish }: Voice): Command {
  const ends =
    <A extends readonly unknown[]>(run: (...args: A) => number | Promise<number>) =>
    async (...args: A) =>
      finish(await run(...args))
  const program = new Command('gen-node')
    .description(intro)
    .usage('[SPEC] [flags]\n       gen-node VERB …')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: () => {}, outputError: () => {} })
    .argument('[SPEC]', 'the spec: a file, or - for stdin; without it, the flags are the spec')
    .addHelpText('after', examples)
  report(output(fields(program))).action(
    ends((spec: string | undefined, flags: RenderFlags) => render(spec, flags)),
  )
  program.commandsGroup('Verbs (gen-node VERB --help):')
  const verb = (name: string, description: string, example: string) =>
    program
      .command(name)
      .description(description)
      .helpOption('-h, --help', 'print this help')
      .addHelpText('after', `\nExample:\n  ${example}`)

  report(
    fields(
      verb(
        'check',
        'tell every finding about a spec; exit 0 or 1',
        'gen-node check cluster.yaml --strict',
      ),
    ),
  )
    .argument('<SPEC>', 'the spec: a file, or - for stdin')
    .action(ends((spec: string, flags: SpecFlags & ReportFlags) => check(spec, flags)))

  report(
    verb(
      'inspect',
      'show the files in any user-data or Ignition config',
      'gen-node inspect user-data --path /etc/k0s/k0s.yaml',
    )
      .argument('<FILE>', 'the config: a file, or - for stdin')
      .optionsGroup('What to show:')
      .option('--extract <DIR>', 'write the tree below this folder')
      .option('--path <PATH>', 'print this one file')
      .option('--json', 'print the list as JSON')
      .option('--force', 'extract into a folder that is not empty'),
  ).action(
    ends(async (file: string, flags: InspectFlags) =>
      (await import('../commands/inspect.ts')).inspectFile(file, flags),
    ),
  )

  report(
    verb(
      'diff',
      'show what changes on the node; exit 3 when something does',
      'gen-node diff old/w1/user-data out/w1/user-data',
    ),
  )
    .argument('<OLD>', 'a rendered config: a file, or - for stdin')
    .argument('<NEW>', 'another one')
    .action(
      ends(async (old: string, now: string, flags: ReportFlags) =>
        (await import('../commands/diff.ts')).diffFiles(old, now, flags),
      ),
    )

  verb('explain', 'explain a field of the spec', 'gen-node explain mirrors.fallback')
    .argument('[PATH]', 'the field, such as nodes.role; the whole spec without it')
    .action(
      ends(async (path?: string) => (await import('../commands/explain.ts')).explainField(path)),
    )

  verb('init', 'print a commented spec to begin with', 'gen-node init > cluster.yaml')
    .option('--distro <NAME>', 'the distribution (k0s)')
    .action(
      ends(async (flags: { readonly distro?: string }) =>
        (await import('../commands/init.ts')).init(flags),
      ),
    )

  verb(
    'schema',
    "print the spec's JSON Schema, for editors",
    'gen-node schema > gen-node.schema.json',
  ).action(ends(async () => (await import('../commands/schema.ts')).printSchema()))

  verb(
    'registry',
    'serve a bundle here, with the program that runs on nodes',
    'gen-node registry --bundle-path ./bundle --port 5000',
  )
    .argument('[ARGS...]', 'see `gen-node registry --help`')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(
      ends(async (args: readonly string[]) =>
        (await import('../commands/registry.ts')).registry(args),
      ),
    )

  verb('completion', 'print a completion script for a shell', 'source <(gen-node completion bash)')
    .argument('<SHELL>', 'bash, zsh or fish')
    .action(
      ends(async (shell: string) =>
        (await import('../commands/completion.ts')).completion(shell, program),
      ),
    )
  return program
}

const intro = `Turns one small spec into what Kubernetes nodes without internet need at their
first boot: cloud-init user-data or an Ignition config, with the mirrors and the
registry behind them.`

const examples = `
Examples:
  gen-node --role worker --bootstrap-ip 192.168.1.10 > user-data
  gen-node --role controller --bundle-path /srv/bundle.tar -f ignition
  gen-node init > cluster.yaml && gen-node cluster.yaml -o out/
  gen-node cluster.yaml --node w1 --platform aws | less

Exit codes: 0 done, 1 findings, 2 usage, 3 differences, 4 over the platform's size, 70 a bug,
130 interrupted.`

/** What a call without anything is answered with. */
export const teaching = `gen-node makes user-data and Ignition configs of Kubernetes nodes without internet.

  One worker:       gen-node --role worker --bootstrap-ip 192.168.1.10
  A whole cluster:  gen-node init > cluster.yaml
                    gen-node cluster.yaml -o out/
  A spec's fields:  gen-node explain
  Everything else:  gen-node --help
`

const gather = (word: string, before: readonly string[] | undefined) => [...(before ?? []), word]

function fields(command: Command): Command {
  return command
    .optionsGroup('Fields of the spec:')
    .option('--role <ROLE>', 'controller, worker or single: a spec of one node')
    .option('--bootstrap-ip <ADDR>', 'the node that serves the registry and the join API')
    .option('--node <NAME>', 'the one node to render; with --role, its name')
    .option('--distro <NAME>', 'the distribution (k0s)')
    .option('--k0s-version <VERSION>', 'version of the k0s binary on the node')
    .option('--os <OS>', 'operating system: where binaries and files go')
    .option('--platform <NAME>', 'cloud or hypervisor: its size budget, and what it takes')
    .option('--mirror <HOST[=URL]>', 'a registry that comes from the mirror (repeatable)', gather)
    .option('--no-fallback', 'never ask the internet, not even for a missing image')
    .option('--registry-port <PORT>', 'port of the registry (5000)')
    .option('--bundle-path <PATH>', 'the image bundle, on the node')
    .option('--token-file <FILE>', 'the join token, here')
    .option('--k0rdent-version <VERSION>', 'install this chart of k0rdent')
    .option('--ssh-key <KEY>', 'a public key, or its .pub file (repeatable)', gather)
    .option('--set <PATH=VALUE>', 'any field, such as nodes[0].labels.zone=a (repeatable)', gather)
}

function output(command: Command): Command {
  command
    .optionsGroup('Output:')
    .addOption(new Option('-f, --format <FORMAT>', 'what the machine reads').choices(formats))
    .option('-o, --output <FILE|DIR/|->', 'a file, or a folder for all nodes; stdout without it')
    .addOption(
      new Option('--gzip <WHEN>', 'compress: auto is what the platform takes').choices([
        'auto',
        'always',
        'never',
      ]),
    )
  for (const { name, placeholder, values, description } of emitterOptions) {
    command.addOption(new Option(`--${name} <${placeholder}>`, description).choices(values))
  }
  return command.option(
    '--force',
    'overwrite files that gen-node did not write or that were edited',
  )
}

function report(command: Command): Command {
  return command
    .optionsGroup('Diagnostics:')
    .option('--strict', 'a warning is an error')
    .addOption(
      new Option('--report <FORM>', 'how findings are told').choices([
        'text',
        'json',
        'github',
        'sarif',
      ]),
    )
    .addOption(
      new Option('--color <WHEN>', 'colour of findings').choices(['auto', 'always', 'never']),
    )
    .option('-q, --quiet', 'errors only')
    .option('-v, --verbose', 'more about what was done')
    .optionsGroup('Other:')
}
