/** The description of a bundle by esbuild. */
interface Metafile {
  readonly inputs: Readonly<Record<string, unknown>>
}

/** Builds everything into `folder`; each file is renamed to its name when it is complete. */
export function buildAll(
  folder?: string,
): Promise<{ readonly cli: Metafile; readonly library: Metafile }>
