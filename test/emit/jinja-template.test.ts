import { describe, expect, it } from 'vitest'
import { renderTemplate } from '../../src/emit/cloud-init/foreign/jinja-template.ts'
import { withSources } from '../../src/emit/cloud-init/foreign/unknown.ts'

const rendered = (content: string) => {
  const result = renderTemplate(content)
  return result.kind === 'text' ? withSources(result.text) : result.kind
}

describe('renderTemplate', () => {
  it.each([
    ['a\r\nb\rc', 'a\nb\nc'],
    ['a\n\n', 'a\n\n'],
    ['a\n', 'a\n'],
    ['a {# b #} c', 'a  c'],
    ['a\n{# b #}\nc', 'a\nc'],
    ['a {#- b -#} c', 'ac'],
    ['{{ "{{" }}x{{ 12 }}', '{{x12'],
    ["a {{- 'b' -}}\n c", 'abc'],
    ['{% raw %}{{ x }}{% if %}{% endraw %}\ny', '{{ x }}{% if %}y'],
    ['{{ v1.region }}', '{{ v1.region }}'],
    ["{{v1['a b'] | default('}}')}}", "{{ v1['a b'] | default('}}') }}"],
    ['{{ ds.meta_data.x[0] }}!', '{{ ds.meta_data.x[0] }}!'],
  ])('gives %j the text %j', (content, text) => expect(rendered(content)).toBe(text))

  it.each([
    '{% if x %}{% endif %}',
    '{{ f(x) }}',
    '{{ a + b }}',
    '{{ x | nofilter }}',
    '{{ not x }}',
  ])('does not know the text of %j', content => expect(rendered(content)).toBe('unknown'))

  it.each([
    '{{ .Values.x }}',
    '{{ $x }}',
    '{{ }}',
    '{{ x',
    '{{ x) }}',
    '{% if',
    '{# x',
    '{% raw %}x',
  ])('refuses %j', content => expect(rendered(content)).toBe('refused'))

  it('gives the expressions in their order', () => {
    const result = renderTemplate('{{ b }}{{ a }}{{ 1 }}{{ b }}')
    expect(result.kind === 'text' && result.values).toEqual(['b', 'a', 'b'])
  })
})
