/**
 * Finds the secrets that commands take as arguments or as input, in scripts, units and lists of
 * arguments: `--password x`, `curl -u user:x`, `echo x | passwd --stdin`.
 */
import type { Span } from './place.ts'

/** The secrets among the arguments of commands, unsorted; they may overlap. */
export function secretArguments(text: string): readonly Span[] {
  return patterns.flatMap(pattern => [...text.matchAll(pattern)].flatMap(lastGroup))
}

function lastGroup({ indices = [] }: RegExpMatchArray): readonly Span[] {
  const [start, end] = indices.slice(1).findLast(group => group !== undefined) ?? [0, 0]
  return end > start ? [{ start, end }] : []
}

// A quote, also one that is escaped because the command stands in a quoted text.
const quote = String.raw`\\?["']`
// An argument. It is the last group that matches; `\1` is its quote.
const argument = String.raw`(?:\\?(["'])((?:(?!\\?\1)[^\n])*)|([^\s"',;|&)\]}\\]+))`
// What stands between an option and its value, on one line or in a list of arguments.
const space = String.raw`(?:[ \t]+|=|${quote},\s*(?=${quote})|\n\s*- )`
// The rest of a command up to an option. It is bounded, as all parts that can be repeated: each word may
// be the start of a match, and without a bound a long line costs the square of its length.
const before = String.raw`\b(?:[^\n;|&]|,\n){0,400}?[\s"']`
// A user; `date -u +%H:%M` has none.
const name = String.raw`[^\s:"'\\+%][^\s:"'\\]{0,99}`
// Programs that read a secret.
const reader = String.raw`(?:chpasswd|passwd|--(?:password-)?stdin|cryptsetup|sudo[ \t]+-S|login)\b`

// `\1` is the word that ends the text.
const heredoc = String.raw`<<-?[ \t]*["'\\]?(\w{1,40})["']?`
const heredocText = String.raw`\n([\s\S]{0,4000}?)\n[ \t]*\1\b`

const patterns: readonly RegExp[] = [
  String.raw`(?<![\w-])--?[\w-]*(?:pass(?:word|wd|phrase|code)?|token|secret|cred(?:ential)?s?|psk|(?:api|access|auth|activation|secret|private|preshared|license)-?key)${space}(?!${quote}?-)${argument}`,
  // curl -u USER:PASSWORD.
  String.raw`(?<![\w-])(?:-[a-zA-Z]{0,9}[uU]|--(?:proxy-)?user)${space}?(?:\\?"${name}:([^"\\\n]+)|\\?'${name}:([^'\\\n]+)|${name}:([^\s"'\\]+))`,
  // smbclient -U USER%PASSWORD.
  String.raw`(?<![\w-])-U${space}?${quote}?[^\s%"'+][^\s%"']{0,99}%([^\s"']+)`,
  String.raw`\b(?:login|sshpass|usermod|useradd)${before}-p${space}?${argument}`,
  String.raw`\b(?:mysql|mariadb)[\w-]*${before}-p${argument}`,
  String.raw`\bredis-cli${before}-a${space}${argument}`,
  String.raw`\bldap\w+${before}-w${space}${argument}`,
  String.raw`\b(?:ipmitool|mosquitto_\w+|zip|7z)${before}-P${space}${argument}`,
  String.raw`\bhtpasswd[ \t]+-\w*b\w*[ \t][^\n;|&]{0,400}?${argument}[ \t]*(?=$|[;|&"'\\])`,
  String.raw`\brabbitmqctl[ \t]+(?:add_user|change_password)[ \t]+\S+[ \t]+${argument}`,
  String.raw`\bvault[ \t]+login[ \t]+(?!-)${argument}`,
  // aws configure set aws_secret_access_key VALUE.
  String.raw`\b(?:set|config)[ \t][^\n;|&]{0,400}?(?:key|token|secret|password)[ \t]+(?!-)${argument}`,
  // openssl -passin pass:VALUE.
  String.raw`\bpass:([^\s"']+)`,
  // SQL.
  String.raw`\b(?:password|identified\s+by)\s+(?=${quote})${argument}`,
  // netrc(5), and files with a keyword and its value in a line; pam.d has such lines without a secret.
  String.raw`(?:^[ \t]*|["'][ \t]*|\blogin[ \t]+\S{1,100}[ \t]+)(?:password|passwd|bindpw|rootpw)[ \t]+(?!(?:requi|suffi|optional|include|substack|\[))${argument}`,
  // nmcli, wpa_supplicant, ifupdown.
  String.raw`\bwifi[ \t][^\n]{0,400}?[ \t]password[ \t]+${argument}`,
  String.raw`\b(?:wpa-psk|wpa-passphrase|[\w-]{1,40}\.psk|802-1x\.[\w-]{0,40}password)[ \t]+${argument}`,
  String.raw`\b(?:echo|printf)[ \t]+((?:[^|\n"']|"[^"\n]{0,400}"|'[^'\n]{0,400}'){1,400}?)[ \t]*\|[^|\n]{0,400}?${reader}`,
  String.raw`${reader}[^\n<]{0,400}<<<[ \t]*${argument}`,
  String.raw`${reader}[^\n<]{0,400}${heredoc}[^\n]{0,400}${heredocText}`,
  String.raw`${heredoc}[^\n|]{0,400}\|[^\n]{0,400}?${reader}[^\n]{0,400}${heredocText}`,
].map(source => new RegExp(source, 'dgim'))
