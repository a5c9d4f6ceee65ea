/**
 * User-data of other origins, one case for each way in which its effect differs from what it seems to
 * be. The real cloud-init gives the expected files, users and units.
 */
import { gzipSync } from 'node:zlib'

/** One user-data, and what `inspect` reports about it. */
export interface UserDataCase {
  readonly name: string
  readonly userData: Uint8Array
  /** The rules in order. */
  readonly rules: readonly string[]
  /** Paths that `inspect` says to be unknown, and those of commands that it does not model. */
  readonly unlisted: readonly string[]
  /** The error, where cloud-init applies nothing and there is no tree. */
  readonly hasTree: boolean
}

function aCase(
  name: string,
  userData: string | Uint8Array,
  rules: readonly string[] = [],
  unlisted: readonly string[] = [],
): UserDataCase {
  const hasTree = !rules.includes('inspect/rejected') && !rules.includes('inspect/unreadable')
  const bytes = typeof userData === 'string' ? Buffer.from(userData) : userData
  return { name, userData: new Uint8Array(bytes), rules, unlisted, hasTree }
}

const config = (text: string) => `#cloud-config\n${text}`
const files = (...entries: readonly string[]) =>
  config(`write_files:\n${entries.map(entry => `- {${entry}}\n`).join('')}`)
const archive = (...entries: readonly unknown[]) =>
  `#cloud-config-archive\n${JSON.stringify(entries)}\n`
const message = (...parts: readonly string[]) =>
  `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n${parts
    .map(part => `--b\n${part}`)
    .join('')}--b--\n`
const part = (type: string, body: string, headers = '') =>
  `Content-Type: ${type}\n${headers}\n${body}\n`
const jinja = (text: string) => `## template: jinja\n${config(text)}`
const plain = files('path: /a, content: x')

const [ignored, stops, unmodelled] = [
  ['inspect/ignored'],
  ['inspect/stops'],
  ['inspect/not-modelled'],
]

/** How PyYAML reads a text. */
const yaml = [
  aCase(
    'a block text at the end without a line break',
    config('write_files:\n- path: /a\n  content: |\n    x'),
  ),
  aCase(
    'a block text in a part of a message',
    message(part('text/cloud-config', 'write_files:\n- path: /a\n  content: |\n    x')),
  ),
  aCase('a tab after a colon', config('write_files:\n- path:\t/a\n'), ignored),
  aCase('a tab after a value', config('write_files:\n- path: /a\t\n'), ignored),
  aCase('a tab as indentation', config('write_files:\n\t- path: /a\n'), ignored),
  aCase('a tab before a comment', config('write_files:\n- path: /a # x\ty\n')),
  aCase('an empty key', config(': x\nwrite_files: []\n'), ignored),
  aCase('an explicit empty key', config('? \n: x\nwrite_files: [{path: /a}]\n'), unmodelled),
  aCase('a line separator in a plain text', files('path: /a, content: x\u2028y')),
  aCase(
    'a line separator in a block',
    config('write_files:\n- path: /a\n  content: |\n    x\u2028    y\n'),
  ),
  aCase('a next line character', config('write_files:\x85- path: /a\x85  content: x\x85')),
  aCase('a question mark in brackets', files('path: /a, content: x?y'), ignored),
  aCase('a question mark outside brackets', config('write_files:\n- path: /a\n  content: x?y\n')),
  aCase('a date that does not exist', config(`at: 2026-02-30\n${plain.slice(14)}`), ignored),
  aCase('a date as a key', config(`2026-02-20: x\n${plain.slice(14)}`), unmodelled),
  aCase('bytes as a key', config(`? !!binary eA==\n: x\n${plain.slice(14)}`), unmodelled),
  aCase('a list as a key', config(`? [x]\n: x\n${plain.slice(14)}`), ignored),
  aCase(
    'a set and an ordered mapping',
    config(`s: !!set {a}\no: !!omap [a: 1]\n${plain.slice(14)}`),
    unmodelled,
  ),
  aCase('a second document', config(`${plain.slice(14)}---\nx: y\n`), ignored),
  aCase('the end of a document', config(`${plain.slice(14)}...\n`)),
  aCase('a tag of its own', files('path: /a, content: !x y'), ignored),
  aCase('a tag of Python', files('path: /a, content: !!python/unicode x'), [
    'inspect/version-dependent',
  ]),
  aCase(
    'a merge key',
    config('b: &b {path: /a, content: x}\nwrite_files:\n- {<<: *b, content: y}\n'),
    unmodelled,
  ),
  aCase(
    'an escaped surrogate pair',
    files('path: /a', 'path: /b, content: "\\ud83d\\ude00"', 'path: /c'),
    stops,
  ),
  aCase(
    'a repeated key',
    config('write_files: [{path: /a}]\nwrite_files: [{path: /b, content: x, content: y}]\n'),
    ['inspect/repeated-key', 'inspect/repeated-key'],
  ),
]

/** How cloud-init splits user-data. */
const parts = [
  aCase('gzip twice', gzipSync(gzipSync(plain)), ignored),
  aCase('Base64 in gzip', gzipSync(Buffer.from(plain).toString('base64')), ignored),
  aCase('gzip of two members', Buffer.concat([gzipSync(plain), gzipSync('# x\n')])),
  aCase('an envelope line', `From me\n${message(part('text/cloud-config', plain))}`),
  aCase('an indented first header', ` X: y\n\tZ: 1\n${message(part('text/cloud-config', plain))}`),
  aCase('an envelope line in a part', message(`From me\n${part('text/cloud-config', plain)}`)),
  aCase(
    'a header with a space before its colon',
    message(`Content-Type : text/cloud-config\n\n${plain}\n`),
    ignored,
  ),
  aCase(
    'a line that is no header',
    message(`no header\nContent-Type: text/cloud-config\n\n${plain}\n`),
    ignored,
  ),
  aCase(
    'a message without MIME-Version',
    message(part('text/cloud-config', plain)).slice(18),
    ignored,
  ),
  aCase('MIME-Version in a config', config(`# mime-version: 1.0\n${plain.slice(14)}`)),
  aCase(
    'an attached message',
    message(
      part(
        'message/rfc822',
        part('text/cloud-config', files('path: /a, content: x, append: true')),
      ),
    ),
    ['inspect/unknown-content'],
    ['/a'],
  ),
  aCase(
    'a compressed part',
    message(
      part(
        'application/gzip',
        gzipSync(plain).toString('base64'),
        'Content-Transfer-Encoding: base64\n',
      ),
    ),
  ),
  aCase(
    'a damaged compressed part',
    message(
      part('application/gzip', 'AAAA', 'Content-Transfer-Encoding: base64\n'),
      part('text/cloud-config', plain),
    ),
    ['inspect/rejected'],
  ),
  aCase(
    'a type that is not compressed',
    message(
      part(
        'application/gunzip',
        gzipSync(plain).toString('base64'),
        'Content-Transfer-Encoding: base64\n',
      ),
      part('text/cloud-config', plain),
    ),
    ignored,
  ),
  aCase(
    'Base64 without padding',
    message(
      part(
        'text/cloud-config',
        Buffer.from(plain).toString('base64').replace(/=+$/, ''),
        'Content-Transfer-Encoding: base64\n',
      ),
    ),
  ),
  aCase(
    'an encoding with a space after it',
    message(
      part(
        'text/cloud-config',
        Buffer.from(plain).toString('base64'),
        'Content-Transfer-Encoding: base64 \n',
      ),
    ),
    ignored,
  ),
  aCase(
    'a message that is not UTF-8',
    Buffer.from(message(part('text/cloud-config', files('path: /a, content: é'))), 'latin1'),
    ['inspect/rejected'],
  ),
  aCase(
    'a config that is not UTF-8',
    Buffer.from(files('path: /a, content: é'), 'latin1'),
    ignored,
  ),
  aCase('a script that is not UTF-8', Buffer.from('#!/bin/sh\necho é > /a\n', 'latin1'), ignored),
  aCase('a part handler that is not UTF-8', Buffer.from('#part-handler\n# é\n', 'latin1'), [
    'inspect/rejected',
  ]),
  aCase(
    'an archive with a number as content',
    archive({ type: 'text/cloud-config', content: 5 }, plain),
    ['inspect/rejected'],
  ),
  aCase('an archive with null as content', archive({ content: null }, plain), ['inspect/rejected']),
  aCase('an archive with a number as a field', archive({ content: plain, order: 5 }), [
    'inspect/rejected',
  ]),
  aCase(
    'an archive with a type without a slash',
    archive({ content: plain, type: 'cloud-config' }),
    ['inspect/rejected'],
  ),
  aCase('an archive with an entry that is a number', archive(5, plain), ignored),
  aCase('a later part with lists', archive(files('path: /a', 'path: /b'), files('path: /c')), [
    'inspect/lost-in-merge',
  ]),
  aCase(
    'merged lists',
    archive(
      files('path: /a').replace('\n', '\nmerge_how: list(append)+dict(recurse_array)\n'),
      files('path: /b').replace('\n', '\nmerge_how: list(append)+dict(recurse_array)\n'),
    ),
  ),
  aCase(
    'a part that an earlier part replaces',
    archive(files('path: /a'), files('path: /b').replace('\n', '\nmerge_how: dict(no_replace)\n')),
    ['inspect/lost-in-merge'],
  ),
  aCase(
    'mergers as a mapping with a text',
    archive(
      files('path: /a'),
      config(
        'merge_how: [{name: list, settings: append}, {name: dict, settings: [recurse_list]}]\nwrite_files: [{path: /b}]\n',
      ),
    ),
  ),
  aCase(
    'a JSON patch',
    archive(files('path: /a'), {
      type: 'text/cloud-config-jsonp',
      content:
        '#cloud-config-jsonp\n[{"op": "add", "path": "/write_files/-", "value": {"path": "/b"}}]',
    }),
    ['inspect/unknown'],
    ['/a', '/b'],
  ),
]

/** How cloud-init writes files. */
const written = [
  aCase('an owner that is a number', files('path: /a, owner: "1000:1000"', 'path: /b'), stops),
  aCase('an owner that YAML reads as a number', files('path: /a, owner: 1000', 'path: /b'), stops),
  aCase(
    'an owner that the config creates later',
    config(
      'users: [{name: ann, shell: /bin/bash}]\nwrite_files:\n- {path: /a, owner: ann, permissions: "0600"}\n- {path: /b}\n',
    ),
    stops,
  ),
  aCase(
    'such an owner in a new folder',
    config('users: [{name: ann, shell: /bin/bash}]\nwrite_files:\n- {path: /n/a, owner: ann}\n'),
    ['inspect/version-dependent', 'inspect/stops'],
    ['/n/a'],
  ),
  aCase(
    'a deferred file of such an owner',
    config(
      'users: [{name: ann, shell: /bin/bash}]\nwrite_files:\n- {path: /a, owner: "ann:ann", defer: true}\n',
    ),
  ),
  aCase(
    'a group that the config creates later',
    config(
      'groups: [crew]\nwrite_files:\n- {path: /a, owner: "root:crew"}\n- {path: /b, owner: "root:crew", defer: true}\n',
    ),
    ['inspect/stops', 'inspect/not-modelled'],
  ),
  aCase(
    'a group of the image that a user names too',
    config(
      'users: [{name: ann, groups: "adm, crew"}]\nwrite_files:\n- {path: /a, owner: "root:adm"}\n- {path: /b, owner: "root:crew"}\n- {path: /c}\n',
    ),
    ['inspect/unknown-owner', 'inspect/stops', 'inspect/not-modelled'],
  ),
  aCase('an owner of the image', files('path: /a, owner: "daemon:sys"'), ['inspect/unknown-owner']),
  aCase(
    'no owner',
    files('path: /a, owner: "daemon:daemon"', 'path: /a, owner: bin', 'path: /a, owner: null'),
    ['inspect/unknown-owner', 'inspect/unknown-owner'],
  ),
  aCase('a file below a file', files('path: /a', 'path: /a/b', 'path: /c'), stops),
  aCase('a file in place of a folder', files('path: /d/a', 'path: /d', 'path: /c'), stops),
  aCase('a file in place of a folder of every image', files('path: /etc/', 'path: /c'), stops),
  aCase('a file below a file of the image', files('path: /etc/passwd/b', 'path: /c'), stops),
  aCase('a file below a device', files('path: /dev/null/b', 'path: /c'), stops),
  aCase('a file of the kernel', files('path: /c', 'path: /proc/sys/kernel/printk'), [
    'inspect/unknown-content',
  ]),
  aCase('a name that is too long', files(`path: /${'x'.repeat(256)}`, 'path: /c'), stops),
  aCase('a path with NUL', files('path: "/a\\0b"', 'path: /c'), stops),
  aCase('setuid', files('path: /a, permissions: "4755"', 'path: /b, permissions: "2745"'), [
    'inspect/version-dependent',
  ]),
  aCase(
    'setuid without a change of the owner',
    files('path: /a, permissions: "4755", owner: null'),
  ),
  aCase(
    'permissions without a mode',
    files(
      'path: /a, permissions: -1',
      'path: /b, permissions: "-0644"',
      'path: /c, permissions: 0.9',
    ),
    ['inspect/version-dependent', 'inspect/version-dependent'],
  ),
  aCase(
    'permissions beyond every mode',
    files('path: /a, permissions: 99999999999', 'path: /b'),
    stops,
  ),
  aCase('infinite permissions', files('path: /a, permissions: .inf', 'path: /b'), stops),
  aCase('content that is null', files('path: /a', 'path: /b, content: null', 'path: /c'), stops),
  aCase(
    'content that is fetched',
    files('path: /a, content: x, source: {uri: "http://192.0.2.1/"}'),
    ['inspect/unknown-content'],
    ['/a'],
  ),
  aCase('a source without a URL', files('path: /a, content: x, source: {}')),
  aCase(
    'content that is appended to a file of the image',
    files('path: /a, content: x, append: true', 'path: /a, content: y, append: true', 'path: /b'),
    ['inspect/unknown-content', 'inspect/unknown-content'],
    ['/a'],
  ),
  aCase(
    'content that is appended and then replaced',
    files('path: /a, content: x, append: true', 'path: /a, content: y'),
    ['inspect/unknown-content'],
  ),
  aCase('bytes in Base64', files('path: /a, encoding: b64, content: !!binary ZUE9Pf8=')),
  aCase('an encoding that is false', files('path: /a, encoding: false, content: x')),
  aCase('a mapping instead of a list', config('write_files: {}\n')),
  aCase('a text instead of a list', config('write_files: abc\n'), stops),
  aCase('a text with the word defer', config('write_files: [{path: /a}, defer]\n'), stops),
]

/** How cloud-init creates users. */
const users = [
  aCase(
    'a user twice',
    config(
      'users:\n- {name: ann, ssh_authorized_keys: [ssh-ed25519 AAAA]}\n- {name: ann, ssh_authorized_keys: [ssh-ed25519 BBBB]}\n',
    ),
  ),
  aCase('names in one text', config('users: bob,ann\n')),
  aCase(
    'a mapping of users',
    config('users: {ann: true, bob: {ssh_authorized_keys: ssh-ed25519 AAAA}, eve: false}\n'),
  ),
  aCase(
    'keys without a home directory',
    config(
      'users:\n- ann\n- {name: bob, system: true, ssh_authorized_keys: [ssh-ed25519 AAAA]}\n- eve\n',
    ),
    ['inspect/ignored', 'inspect/not-modelled'],
  ),
  aCase(
    'keys without a value',
    config('users:\n- {name: ann, ssh_authorized_keys: null}\n- eve\n'),
    ignored,
    [],
  ),
  aCase(
    'keys that are no keys',
    config('users:\n- {name: ann, ssh_authorized_keys: [nonsense, ssh-ed25519 AAAA]}\n'),
    ignored,
  ),
  aCase(
    'keys that are mappings',
    config('users:\n- {name: ann, ssh_authorized_keys: [{a: b}]}\n- eve\n'),
    ignored,
  ),
  aCase('a user of SELinux', config('users:\n- ann\n- {name: bob, selinux_user: staff_u}\n'), [
    'inspect/unknown',
    'inspect/not-modelled',
  ]),
  aCase(
    'another default user',
    config(
      'users: [default, eve, {name: ann, ssh_authorized_keys: [ssh-ed25519 AAAA]}]\nuser: {name: ann}\n',
    ),
  ),
  aCase('a default user without users', config('user: ann\n')),
  aCase('a user that is a number', config('users: [5]\n'), ignored),
  aCase(
    'root may log in',
    config('disable_root: false\nssh_authorized_keys: [ssh-ed25519 AAAA]\nuser: ann\n'),
    unmodelled,
  ),
]

/** What depends on the node. */
const templates = [
  aCase(
    'a template without expressions',
    jinja('write_files:\n- path: /a\n  content: |\n    x\n\n\n'),
  ),
  aCase(
    'a template with line breaks of Windows',
    jinja('write_files:\n- path: /a\n  content: |\n    x\n').replaceAll('\n', '\r\n'),
  ),
  aCase(
    'a value of the node in a content',
    jinja('write_files:\n- path: /a\n  content: "{{ v1.local_hostname }}"\n- path: /b\n'),
    ['inspect/template', 'inspect/unknown-content'],
    ['/a'],
  ),
  aCase(
    'a bare value of the node',
    jinja('write_files:\n- path: /a\n  content: {{ v1.local_hostname }}\n- {path: /b}\n'),
    ['inspect/template', 'inspect/unknown-content'],
    ['/a'],
  ),
  aCase(
    'a value of the node in a path',
    jinja('write_files:\n- path: /{{ v1.local_hostname }}\n- {path: /b}\n'),
    ['inspect/template', 'inspect/unknown'],
    ['/seed-host'],
  ),
  aCase(
    'a value of the node in a command',
    jinja('runcmd:\n- [touch, "/{{ v1.local_hostname }}"]\n'),
    ['inspect/template', 'inspect/not-modelled'],
    ['/seed-host'],
  ),
  aCase(
    'blocks',
    jinja('write_files:\n{% if v1.local_hostname %}\n- {path: /a}\n{% endif %}\n'),
    ['inspect/unknown'],
    ['/a'],
  ),
  aCase(
    'comments, literals and raw text',
    jinja(
      'write_files:\n- path: /a\n  content: |\n    {# x #}\n    {{ "{{" }} {{ 1 }} {%- raw %} {{ x }} {% endraw %}\n    y {{- \'z\' -}}\n    w\n',
    ),
  ),
  aCase(
    'the templates of Go',
    jinja('write_files:\n- path: /a\n  content: "{{ .Values.x }}"\n'),
    ignored,
  ),
  aCase(
    'the length of a shell array',
    jinja('write_files:\n- path: /a\n  content: "${#list[@]}"\n'),
    ignored,
  ),
  aCase('jinja2 in the first line', `## template: jinja2\n${plain}`, ignored),
  aCase('an empty line before the first', `\n## template: jinja\n${plain}`, ignored),
  aCase('a boothook as a template', '## template: jinja\n#cloud-boothook\n#!/bin/sh\ntouch /a\n', [
    'inspect/version-dependent',
    'inspect/not-modelled',
  ]),
  aCase('an archive as a template', `## template: jinja\n${archive(plain)}`, ignored),
  aCase(
    'a part for one machine',
    archive({ content: plain, 'launch-index': 1 }, files('path: /b')),
    ['inspect/unknown'],
    ['/a'],
  ),
]

/** Which commands run. */
const commands = [
  aCase('exit', config('runcmd: [mkdir -p /a, exit 0, mkdir -p /b]\n'), ignored),
  aCase('exit as a list', config('runcmd: [[exit, 0], mkdir -p /b]\n'), ignored),
  aCase(
    'a condition with exit',
    config('runcmd: ["[ -e /etc/passwd ] && exit 0", mkdir -p /b]\n'),
    ['inspect/unknown', 'inspect/not-modelled'],
  ),
  aCase('set -e', config('runcmd: [set -e, "false", mkdir -p /b]\n'), [
    'inspect/unknown',
    'inspect/not-modelled',
  ]),
  aCase('a condition over several entries', config('runcmd: [if false; then, mkdir -p /b, fi]\n'), [
    'inspect/unknown',
    'inspect/not-modelled',
  ]),
  aCase(
    'a here document over several entries',
    config('runcmd: [cat <<E >/a, mkdir -p /b, E]\n'),
    ['inspect/unknown', 'inspect/not-modelled'],
    ['/a'],
  ),
  aCase(
    'umask',
    config('runcmd: [umask 077, mkdir -p /b]\n'),
    ['inspect/unknown', 'inspect/not-modelled'],
    ['/b'],
  ),
  aCase(
    'a condition in one entry',
    config('runcmd: ["if true; then touch /a; fi", mkdir -p /b]\n'),
    unmodelled,
    ['/a'],
  ),
  aCase(
    'exec in a script of its own',
    config('runcmd: [[sh, -c, "exit 1"], mkdir -p /b]\n'),
    unmodelled,
  ),
  aCase(
    'numbers and booleans as arguments',
    config(
      'write_files: [{path: /f}]\nruncmd: [[mkdir, -p, /a, /b], [chmod, 0600, /f], [mkdir, /x, true]]\n',
    ),
    unmodelled,
    ['/x', '/True'],
  ),
  aCase(
    'mkdir without a parent',
    config('runcmd: [mkdir /n/a, mkdir -p /m, mkdir /m/a, mkdir /opt/b]\n'),
    unmodelled,
  ),
  aCase('a link into a folder of every image', config('runcmd: [ln -s /x/y /usr/local/bin]\n')),
  aCase(
    'a link in place of a file',
    config('write_files: [{path: /f}]\nruncmd: [ln -s /x /f, ln -s /x /g, ln -sfn /y /g]\n'),
    unmodelled,
  ),
  aCase(
    'a folder in place of a file',
    config('write_files: [{path: /f}]\nruncmd: [mkdir -p /f, install -d /f/g]\n'),
    unmodelled,
  ),
  aCase(
    'chmod of a folder with setgid',
    config('runcmd: [install -d -m 2755 /d, chmod 0700 /d]\n'),
  ),
  aCase(
    'chown of a file with setuid',
    config('write_files: [{path: /f}]\nruncmd: [chmod 6750 /f, chown daemon /f]\n'),
  ),
  aCase(
    'units of the image',
    config(
      'runcmd: [systemctl enable a.service, systemctl start a, systemctl start ssh, systemctl disable cron]\n',
    ),
    unmodelled,
  ),
]

/** The cases by the part of cloud-init that they are about. */
export const userDataCases: readonly (readonly [part: string, cases: readonly UserDataCase[]])[] = [
  ['YAML', yaml],
  ['parts', parts],
  ['write_files', written],
  ['users', users],
  ['templates', templates],
  ['runcmd', commands],
]
