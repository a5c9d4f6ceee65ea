/** What esbuild tells about a bundle. */
interface Metafile {
  readonly inputs: Readonly<Record<string, unknown>>
}

/** Builds everything and puts it into `folder`; what is half-built is never seen there. */
export function buildAll(
  folder?: string,
): Promise<{ readonly cli: Metafile; readonly library: Metafile }>
