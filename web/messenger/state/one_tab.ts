// One tab at a time works with an account's keys. Two tabs would advance the same encryption state twice.

export interface TabClaim {
  held: boolean;
  release: () => void;
}

/** Resolves at once; `held` is false when another tab has the account. With `take` the other tab loses it. */
export function claimTab(account: string, take: boolean, onLost: () => void): Promise<TabClaim> {
  return new Promise((resolve) => {
    let release: () => void = () => undefined;
    const until = new Promise<void>((done) => {
      release = done;
    });
    const options: LockOptions = take ? { steal: true } : { ifAvailable: true };
    navigator.locks
      .request(`lightkeeper-${account}`, options, (lock) => {
        resolve({ held: lock !== null, release });
        return lock === null ? undefined : until;
      })
      .catch(() => onLost());
  });
}
