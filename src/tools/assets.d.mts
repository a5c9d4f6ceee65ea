import type { Plugin } from 'vitest/config'

/** The project's root folder. */
export const root: string
/** The assets for vite and vitest. */
export const viteAssets: Plugin
/** Bundles a program into one minified text for Node 18.3 and later. */
export function bundle(path: string): Promise<string>
/** The source files of a bundle, relative to the root folder. */
export function bundleInputs(path: string): Promise<readonly string[]>
