/** The tree of commands: every verb, every flag and its help text. */
import { Command, Option } from 'commander'
import { distroNames, emitterOptions, formats, versionFlags } from '../../index.ts'
import { type CheckFlags, check } from '../commands/check.ts'
import { completion } from '../commands/completion.ts'
import { type ConvertFlags, convertFile } from '../commands/convert.ts'
import { diffFiles } from '../commands/diff.ts'
import { explainField } from '../commands/explain.ts'
import { init } from '../commands/init.ts'
import { type InspectFlags, inspectFile } from '../commands/inspect.ts'
import { type RenderFlags, render } from '../commands/render.ts'
import { printSchema } from '../commands/schema.ts'
import type { ReportFlags } from './flags.ts'

/** The functions that receive commander's output and the exit code. */
export interface Output {
  readonly writeOut: (text: string) => void
  readonly setExitCode: (code: number) => void
}

/** The commands of this version. */
export function commandTree(version: string, { writeOut, setExitCode }: Output): Command {
  const withExitCode =
    <A extends readonly unknown[]>(run: (...args: A) => number | Promise<number>) =>
    async (...args: A) =>
      setExitCode(await run(...args))
  const program = new Command('gen-node')
    .description(introduction)
    .usage('[SPEC] [flags]\n       gen-node VERB …')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut, writeErr: () => {}, outputError: () => {} })
    .argument('[SPEC]', 'the spec: a file, or - for stdin; without SPEC, the flags define one node')
    .addHelpText('after', examples)
  addReportFlags(addOutputFlags(addFormatFlags(addSpecFlags(program)))).action(
    withExitCode((spec: string | undefined, flags: RenderFlags) => render(spec, flags)),
  )
  program.commandsGroup('Verbs (gen-node VERB --help):')
  const verb = (name: string, description: string, example: string) =>
    program
      .command(name)
      .description(description)
      .helpOption('-h, --help', 'print this help')
      .addHelpText('after', `\nExample:\n  ${example}`)

  addReportFlags(
    addFormatFlags(
      addSpecFlags(
        verb(
          'check',
          'print all findings about a spec; exit code 0 or 1',
          'gen-node check cluster.yaml --strict',
        ),
      ),
    ),
  )
    .argument('<SPEC>', 'the spec: a file, or - for stdin')
    .action(withExitCode((spec: string, flags: CheckFlags) => check(spec, flags)))

  addReportFlags(
    verb(
      'inspect',
      'list the files in any user-data or Ignition config',
      'gen-node inspect user-data --path /etc/hostname',
    )
      .argument('<FILE>', 'the config: a file, or - for stdin')
      .optionsGroup('Output:')
      .option('--extract <DIR>', 'write the files below this folder')
      .option('--path <PATH>', 'print the content of one file')
      .option('--json', 'print the list as JSON')
      .option('--force', 'extract into a folder that is not empty'),
  ).action(withExitCode((file: string, flags: InspectFlags) => inspectFile(file, flags)))

  addReportFlags(
    verb(
      'diff',
      'print what changes on the node; exit code 3 if there are changes',
      'gen-node diff old/w1/user-data out/w1/user-data',
    ),
  )
    .argument('<OLD>', 'the old config: a file, or - for stdin')
    .argument('<NEW>', 'the new config: a file, or - for stdin')
    .action(
      withExitCode((before: string, after: string, flags: ReportFlags) =>
        diffFiles(before, after, flags),
      ),
    )

  addReportFlags(
    verb(
      'convert',
      "print a spec's mirrors for a config.toml of containerd or a registries.yaml",
      'gen-node convert /etc/containerd/config.toml',
    )
      .argument('<FILE>', 'the file, or - for stdin')
      .optionsGroup('Output:')
      .addOption(
        new Option('-f, --format <FORMAT>', "spec: the spec's mirrors; certs.d: a folder").choices([
          'spec',
          'certs.d',
        ]),
      )
      .option('-o, --output <DIR>', 'write the certs.d folder here')
      .option('--force', 'overwrite files that gen-node did not write'),
  ).action(withExitCode((file: string, flags: ConvertFlags) => convertFile(file, flags)))

  verb('explain', 'print the documentation of a field', 'gen-node explain mirrors.fallback')
    .argument('[PATH]', 'the field, such as nodes.role; default: the whole spec')
    .action(withExitCode((path?: string) => explainField(path)))

  verb('init', 'print a commented starter spec', 'gen-node init > cluster.yaml')
    .option('--distro <NAME>', `the distribution: ${distroNames.join(', ')}`)
    .action(withExitCode((flags: { readonly distro?: string }) => init(flags)))

  verb(
    'schema',
    'print the JSON Schema of the spec, for editors',
    'gen-node schema > gen-node.schema.json',
  ).action(withExitCode(() => printSchema()))

  verb(
    'registry',
    'serve a bundle on this machine, with the program that runs on nodes',
    'gen-node registry --bundle-path ./bundle --port 5000',
  )
    .argument('[ARGS...]', 'see `gen-node registry --help`')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(
      withExitCode(async (args: readonly string[]) =>
        (await import('../commands/registry.ts')).registry(args),
      ),
    )

  verb('completion', 'print a completion script for a shell', 'source <(gen-node completion bash)')
    .argument('<SHELL>', 'bash, zsh or fish')
    .action(withExitCode((shell: string) => completion(shell, program)))
  return program
}

const introduction = `Makes the first-boot configuration of Kubernetes nodes without internet
access from one spec: cloud-init user-data or an Ignition config for each
node, with the mirror settings and the registry in it.`

const examples = `
Examples:
  gen-node --role worker --bootstrap-ip 192.168.1.10 > user-data
  gen-node --role controller --bundle-path /srv/bundle.tar -f ignition
  gen-node init > cluster.yaml && gen-node cluster.yaml -o out/
  gen-node cluster.yaml --node w1 --platform aws | less

Exit codes: 0 done, 1 findings, 2 usage, 3 differences, 4 over the size limit of the platform,
70 a bug in gen-node, 130 interrupted.`

/** The text for a call without arguments. */
export const usageText = `gen-node renders user-data and Ignition configs of Kubernetes nodes without internet.

  One worker:       gen-node --role worker --bootstrap-ip 192.168.1.10
  A whole cluster:  gen-node init > cluster.yaml
                    gen-node cluster.yaml -o out/
  Fields of a spec: gen-node explain
  All flags:        gen-node --help
`

const appendValue = (value: string, before: readonly string[] | undefined) => [
  ...(before ?? []),
  value,
]

function addSpecFlags(command: Command): Command {
  command
    .optionsGroup('Fields of the spec:')
    .option('--role <ROLE>', 'controller, worker or single: a spec of one node')
    .option('--bootstrap-ip <ADDR>', 'the node that serves the registry and the join API')
    .option('--node <NAME>', 'the node to render; with --role, the name of the node')
    .option('--distro <NAME>', `the distribution: ${distroNames.join(', ')}`)
  for (const { flag, description } of versionFlags) {
    command.option(`${flag} <VERSION>`, description)
  }
  return command
    .option('--os <OS>', 'operating system: sets the paths of programs and files')
    .option('--platform <NAME>', 'cloud or hypervisor: sets the size limit and the encodings')
    .option(
      '--mirror <HOST[=URL]>',
      'pull images of HOST from URL; default: the registry of the cluster (repeatable)',
      appendValue,
    )
    .option('--no-fallback', 'never pull from the upstream registries')
    .option('--registry-port <PORT>', 'port of the registry (5000)')
    .option('--bundle-path <PATH>', 'path of the image bundle on the node')
    .option('--token-file <FILE>', 'local file with the join token')
    .option('--ssh-key <KEY>', 'public key for SSH, or its .pub file (repeatable)', appendValue)
    .option(
      '--set <PATH=VALUE>',
      'set any field, such as nodes[0].labels.zone=a (repeatable)',
      appendValue,
    )
}

function addFormatFlags(command: Command): Command {
  command
    .optionsGroup('Format:')
    .addOption(new Option('-f, --format <FORMAT>', 'the output format').choices(formats))
    .addOption(
      new Option('--gzip <WHEN>', 'when to compress; auto: if the platform accepts it').choices([
        'auto',
        'always',
        'never',
      ]),
    )
  for (const { name, placeholder, description, values } of emitterOptions) {
    const option = new Option(`--${name} <${placeholder}>`, description)
    command.addOption(values.length === 0 ? option : option.choices(values))
  }
  return command
}

function addOutputFlags(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .option('-o, --output <FILE|DIR/|->', 'output file, or a folder for all nodes; default: stdout')
    .option('--force', 'overwrite files that gen-node did not write or that were edited')
}

function addReportFlags(command: Command): Command {
  return command
    .optionsGroup('Diagnostics:')
    .option('--strict', 'treat warnings as errors')
    .addOption(
      new Option('--report <FORMAT>', 'format of the findings').choices([
        'text',
        'json',
        'github',
        'sarif',
      ]),
    )
    .addOption(
      new Option('--color <WHEN>', 'colour of the findings').choices(['auto', 'always', 'never']),
    )
    .option('-q, --quiet', 'print errors only')
    .option('-v, --verbose', 'print what was written')
    .optionsGroup('Other:')
}
