/** The file with the time of the first successful boot; without it, or while it is empty, the first boot is not done. */
export const markerPath = '/var/lib/gen-node/bootstrapped'
