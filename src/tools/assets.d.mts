import type { Plugin } from 'vitest/config'

/** The project's root folder. */
export const root: string
/** The assets for vite and vitest. */
export const viteAssets: Plugin
/** A program of ours as one minified text for Node 18 and later. */
export function bundle(path: string): Promise<string>
