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
// The rest of a command up to an option.
const before = String.raw`\b(?:[^\n;|&]|,\n)*?[\s"']`
// Programs that read a secret.
const reader = String.raw`(?:chpasswd|passwd|--(?:password-)?stdin|cryptsetup|sudo[ \t]+-S|login)\b`

const patterns: readonly RegExp[] = [
  String.raw`(?<![\w-])--?[\w-]*(?:pass(?:word|wd|phrase|code)?|token|secret|cred(?:ential)?s?|psk|(?:api|access|auth|activation|secret|private|preshared|license)-?key)${space}(?!${quote}?-)${argument}`,
  // curl -u USER:PASSWORD.
  String.raw`(?<![\w-])(?:-[a-zA-Z]*[uU]|--(?:proxy-)?user)${space}?(?:\\?"[^\s:"'\\]+:([^"\\\n]+)|\\?'[^\s:"'\\]+:([^'\\\n]+)|[^\s:"'\\]+:([^\s"'\\]+))`,
  // smbclient -U USER%PASSWORD.
  String.raw`(?<![\w-])-U${space}?${quote}?[^\s%"']+%([^\s"']+)`,
  String.raw`\b(?:login|sshpass|usermod|useradd)${before}-p${space}?${argument}`,
  String.raw`\b(?:mysql|mariadb)[\w-]*${before}-p${argument}`,
  String.raw`\bredis-cli${before}-a${space}${argument}`,
  String.raw`\bldap\w+${before}-w${space}${argument}`,
  String.raw`\b(?:ipmitool|mosquitto_\w+|zip|7z)${before}-P${space}${argument}`,
  String.raw`\bhtpasswd[ \t]+-\w*b\w*[ \t][^\n;|&]*?${argument}[ \t]*(?=$|[;|&"'\\])`,
  String.raw`\brabbitmqctl[ \t]+(?:add_user|change_password)[ \t]+\S+[ \t]+${argument}`,
  String.raw`\bvault[ \t]+login[ \t]+(?!-)${argument}`,
  // aws configure set aws_secret_access_key VALUE.
  String.raw`\b(?:set|config)[ \t][^\n;|&]*?(?:key|token|secret|password)[ \t]+(?!-)${argument}`,
  // openssl -passin pass:VALUE.
  String.raw`\bpass:([^\s"']+)`,
  // SQL.
  String.raw`\b(?:password|identified\s+by)\s+(?=${quote})${argument}`,
  // netrc(5), and files with a keyword and its value in a line; pam.d has such lines without a secret.
  String.raw`(?:^|["']|\blogin\s+\S+\s)\s*(?:password|passwd|bindpw|rootpw)[ \t]+(?!(?:requi|suffi|optional|include|substack|\[))${argument}`,
  // nmcli, wpa_supplicant, ifupdown.
  String.raw`\bwifi[ \t][^\n]*?[ \t]password[ \t]+${argument}`,
  String.raw`\b(?:wpa-psk|wpa-passphrase|[\w-]+\.psk|802-1x\.[\w-]*password)[ \t]+${argument}`,
  String.raw`\b(?:echo|printf)[ \t]+((?:[^|\n"']|"[^"\n]*"|'[^'\n]*')+?)[ \t]*\|[^|\n]*?${reader}`,
  String.raw`${reader}[^\n]*<<<[ \t]*${argument}`,
  String.raw`${reader}[^\n<]*<<-?[ \t]*["'\\]?(\w+)["']?[^\n]*\n([\s\S]*?)\n\s*\1\b`,
  String.raw`<<-?[ \t]*["'\\]?(\w+)["']?[^\n]*\|[^\n]*${reader}[^\n]*\n([\s\S]*?)\n\s*\1\b`,
].map(source => new RegExp(source, 'dgim'))
