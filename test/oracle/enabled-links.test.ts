/** The links of an enabled unit against those that `systemctl --root=DIR enable` creates. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { enableUnit } from '../../src/emit/rootfs/enabled-links.ts'
import { unitDirectory } from '../../src/plan/tree.ts'
import { describeWith, judge, runs } from '../lib/judge.ts'
import { linksBelow } from './lib/links.ts'

describeWith([judge('systemctl', 'systemctl')], 'systemctl enable makes the same links', () => {
  let place = ''
  afterEach(() => rmSync(place, { recursive: true, force: true }))

  /** The exit code of systemctl, the links that it made, and what it complained about. */
  function enabledBySystemctl(name: string, texts: ReadonlyMap<string, string>) {
    place = mkdtempSync(join(tmpdir(), 'gen-node-enable-'))
    for (const [path, text] of texts) {
      mkdirSync(dirname(join(place, path)), { recursive: true })
      writeFileSync(join(place, path), text)
    }
    const { code, stderr } = runs(['systemctl', `--root=${place}`, 'enable', '--', name])
    return { code, links: linksBelow(place), refused: /cannot|invalid|Failed/.test(stderr) }
  }

  const install = (...lines: readonly string[]) => `[Unit]\n[Install]\n${lines.join('\n')}\n`
  const wanted = install('WantedBy=multi-user.target')
  type Case = readonly [title: string, name: string, files: Readonly<Record<string, string>>]
  const cases: readonly Case[] = [
    ['WantedBy=', 'a.service', { 'a.service': wanted }],
    ['a name that begins with a hyphen', '-x.service', { '-x.service': wanted }],
    [
      'several targets, RequiredBy= and Alias=',
      'a.service',
      {
        'a.service': install(
          'WantedBy=multi-user.target other.target',
          'RequiredBy=x.target',
          'Alias=b.service c.service a.service',
        ),
      },
    ],
    [
      'Also=, and units that it names in turn',
      'a.service',
      {
        'a.service': install('Also=b.service c.timer'),
        'b.service': install('WantedBy=b.target', 'Also=a.service'),
        'c.timer': install('WantedBy=timers.target'),
      },
    ],
    [
      'an instance of a template in Also=',
      'a.service',
      { 'a.service': install('Also=t@3.service'), 't@.service': install('WantedBy=%i-%p.target') },
    ],
    [
      'a template with DefaultInstance=',
      't@.service',
      {
        't@.service': install(
          'DefaultInstance=7',
          'WantedBy=multi-user.target foo@.target %i.target',
          'Alias=u@.service v@9.service',
        ),
      },
    ],
    [
      'an instance with a file of its own',
      'i@x.service',
      {
        'i@x.service': install(
          'WantedBy=foo@.target bar@%i.target',
          'Alias=j@.service k@x.service',
        ),
      },
    ],
    [
      'specifiers of the name',
      'a-b@c-d.service',
      { 'a-b@c-d.service': install('WantedBy=%N.target %n.target %p.target %j.target x%i.target') },
    ],
    [
      'lists that are reset, continued and in quotes',
      'a.service',
      {
        'a.service': install(
          'WantedBy=one.target',
          'WantedBy=',
          ' WantedBy = two.target \\',
          '# a comment',
          '  three.target "four.target" \'five.target\'',
          'Alias=x.service',
          'Alias=',
        ),
      },
    ],
    ['escapes in a name', 'a.service', { 'a.service': install('WantedBy=dev-x\\x2dy.device') }],
    [
      'other sections, other keys and lines without a value',
      'a.service',
      {
        'a.service':
          '[Service]\nWantedBy=no.target\n[Install]\nwantedby=no.target\nWantedBy no.target\n; WantedBy=no.target\nWantedBy=ok.target\n[install]\nWantedBy=no.target\n[Install]\nWantedBy=again.target',
      },
    ],
    ['lines that end in CR', 'a.service', { 'a.service': '[Install]\rWantedBy=cr.target\r' }],
    ['a quote that is not closed', 'a.service', { 'a.service': install("WantedBy='a.target") }],
    [
      'drop-ins of the unit and of its template, and no others',
      't@1.service',
      {
        't@.service': install('WantedBy=a.target'),
        't@.service.d/b.conf': install('WantedBy=b.target'),
        't@1.service.d/a.conf': install('WantedBy='),
        't@1.service.d/note.txt': install('WantedBy=no.target'),
        'service.d/all.conf': install('WantedBy=no.target'),
      },
    ],
    [
      'an alias of a mount, which systemctl ignores',
      'mnt-x.mount',
      { 'mnt-x.mount': install('Alias=mnt-y.mount', 'WantedBy=local-fs.target') },
    ],
    ['an alias of another type', 'a.service', { 'a.service': install('Alias=b.timer') }],
    ['an alias without the instance', 'i@x.service', { 'i@x.service': install('Alias=j.service') }],
    [
      'an alias of another instance',
      'i@x.service',
      { 'i@x.service': install('Alias=j@y.service') },
    ],
    ['an alias that is an instance', 'a.service', { 'a.service': install('Alias=b@x.service') }],
    ['a target that is not a unit name', 'a.service', { 'a.service': install('WantedBy=foo') }],
    ['a target with a slash', 'a.service', { 'a.service': install('WantedBy=a/b.target') }],
    ['an unknown specifier', 'a.service', { 'a.service': install('WantedBy=%z.target') }],
    [
      'Also= of a unit that does not exist',
      'a.service',
      { 'a.service': install('WantedBy=a.target', 'Also=b.service') },
    ],
    [
      'Also= of a template without DefaultInstance=',
      'a.service',
      { 'a.service': install('Also=t@.service'), 't@.service': install('WantedBy=a.target') },
    ],
    ['Also= in quotes', 'a.service', { 'a.service': install('Also="a.service"') }],
  ]

  it.each(cases)('%s', (_, name, files) => {
    const texts = new Map(
      Object.entries(files).map(([path, text]) => [`${unitDirectory}/${path}`, text]),
    )
    const { code, links, refused } = enabledBySystemctl(name, texts)
    const enabling = enableUnit(name, texts)
    expect(enabling.problems.length > 0).toBe(code !== 0 || refused)
    if (enabling.problems.length > 0) return
    expect(enabling.links.map(({ path, target }) => `${path} -> ${target}`).sort()).toEqual(links)
  })

  it('a specifier of the machine is refused, which systemctl would replace by its own', () => {
    const texts = new Map([[`${unitDirectory}/a.service`, install('WantedBy=%H.target')]])
    expect(enabledBySystemctl('a.service', texts).code).toBe(0)
    expect(enableUnit('a.service', texts).problems).toMatchObject([{ cause: 'unknown-specifier' }])
  })
})
