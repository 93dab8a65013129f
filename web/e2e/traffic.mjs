// Whether two stretches of traffic tell an observer the same: number, order, methods, addresses and sizes.

/** Ids, codes and keys in an address are of a fixed length; their values differ from run to run and say nothing. */
function shape(url) {
  return url.replace(/[0-9a-f]{32}/g, '{id}').replace(/^http:\/\/(127\.0\.0\.1|localhost)/, 'http://host');
}

export function line(exchange) {
  return `${exchange.method} ${shape(exchange.url)} up ${exchange.body.length} down ${exchange.reply.length} status ${exchange.status}`;
}

/** The three keepers are asked at the same moment, so the order among them is the network's and is left out. */
export function summary(exchanges, keepers) {
  const toKeeper = (exchange) => keepers.some((keeper) => exchange.url.startsWith(keeper));
  const lines = [];
  for (let at = 0; at < exchanges.length; ) {
    let end = at;
    while (end < exchanges.length && toKeeper(exchanges[end])) end++;
    if (end > at) lines.push(...exchanges.slice(at, end).map(line).sort());
    else lines.push(line(exchanges[end++]));
    at = end;
  }
  return lines;
}

/** Lines that differ; an empty list means that the two cannot be told apart. */
export function differences(one, other, keepers) {
  const [a, b] = [summary(one, keepers), summary(other, keepers)];
  const out = [];
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    if (a[at] !== b[at]) out.push(`${a[at] ?? 'nothing'} | ${b[at] ?? 'nothing'}`);
  }
  return out;
}
