/**
 * Reading again when told to, without piling up: one read per name at a time. A request that comes
 * while it runs makes it run once more, for what it is reading now may already be old.
 *
 * @param {(error: Error) => void} onError  told when a read fails; what was known stays
 * @param {() => void} changed              called when a read is done
 * @returns {(name: string, work: () => Promise) => Promise}
 */
export function createReader(onError, changed) {
  const running = new Map();
  return function read(name, work) {
    const current = running.get(name);
    if (current) {
      current.again = true;
      return current.done;
    }
    const entry = { again: true };
    const finished = () => {
      running.delete(name);
      changed();
    };
    running.set(name, entry);
    entry.done = repeat(entry, work, finished).catch(onError);
    return entry.done;
  };
}

async function repeat(entry, work, finished) {
  try {
    while (entry.again) {
      entry.again = false;
      await work();
    }
  } finally {
    finished();
  }
}
