import { countsTable, runLine, shortTable, startTable, verdictTable } from "../../bench/page.ts";
import { readResults } from "../../bench/results.ts";
import { verdictsOf } from "../../bench/verdicts.ts";
import { GENERATED } from "./markdown.ts";

export const results = readResults();
const { counts, start } = results;

/** What was measured of what it costs, with the goals beside it. */
export const costsPage = `# What it costs

${GENERATED}

What the one line adds to a bare Express or Fastify, measured by \`pnpm bench\` beside the same framework alone and beside the
stacks that one would assemble otherwise. A goal that is not reached is said to be so.

## In short

${shortTable(results)}

Throughput, where the processor is the limit and the routes do nothing: 0.5 of bare says that a request costs twice as much processor
time, which with a route that asks a database is a small part of the whole. For it a request gets eighteen headers more, an id, a
line in the log, a limit, judged input and, with a session, a cookie that is checked and a store that is asked. More than half of the memory for a
request without a session is those headers, which Node writes one by one.

## Goals

They were set before the first line was written, from prototypes, as what a user would not notice; some turned out to be out of reach by
the public interfaces of Node and of the frameworks, and they stand all the same. The median of the rounds decides; where a round fell
short of a goal all the same, it is reached "in the median". No verdict is given on a scene in which one of the two frameworks, measured twice,
differed from itself by more than 5 %: both ran on the same machine. What a 429 costs is held against a 200 of bare Express on both
frameworks, and memory for a request has one goal, with Redis and without.

${verdictTable(verdictsOf(results))}

The whole tables, with every arm: [bench/results.md](../bench/results.md).

## Counts

They depend on the code and on the line of Node, not on how fast the machine is or what else it does, so CI holds them against a
budget (\`pnpm bench:gate\`, [bench/budget.json](../bench/budget.json)). One client asks one request after the other. Heap is what a request leaves until
the next collection; system calls are those of the main thread, without V8's own and the turns of the event
loop; round trips are those that the request waited
for, one after the other. Files are those of code that are loaded by the time a first
request is answered, late ones included.

${counts ? `${countsTable(counts.arms)}\n\n${runLine(counts.run)}` : "Not measured yet."}

## Start

The one table in milliseconds, and so of the machine: how much later than the bare framework the program listens, and how
much more memory it then holds.

${start ? `${startTable(start)}\n\n${runLine(start.run)}` : "Not measured yet."}

## How it is measured

- **bare** is the framework and the routes; **bare again** is the same once more, and tells how far two equal ones differ: where
  that is more than 5 %, nothing is concluded, and the scene may be run again. **bare + setImmediate** does nothing but wait for
  one turn of the event loop before the routes. Clients in a closed loop make that *faster* than bare, so a ratio above 1 to bare
  would say nothing of us, and none is published: it reads "1.00, as bare".
- **hand** is the stack by the READMEs of helmet, express-rate-limit, compression, express-session, pino-http, connect-redis and
  rate-limit-redis, or of their Fastify counterparts. **tuned** is the same in the hands of somebody who knows where each can be made
  cheaper: a buffered log with short lines, no validation, sessions that are not touched, one client of Redis that pipelines by itself.
  **ours** is the one line, with a limit and a session, and nothing else; only where requests are counted and not timed, a call to
  Redis may take longer than by default, so that none fails because the machine was busy.
- Before anything is measured, every stack has to do the same work, or the bench stops: the same status and body; the headers
  that helmet and we agree on, the limit's, the request's id; a line in a real file with method, path, status, duration, id and the
  client's address; a session that is loaded, and not for a forged cookie; the same attributes of its cookie; a session that is
  used but not touched stays alive (not in the tuned stacks, which save work by that); packed answers that unpack to the same; a
  429 for the client that asks too much, and for no other.
- Throughput: wrk with 40 connections, a thousand clients with addresses of their own (two hundred where each has a session), one
  processor for the servers and one for clients and Redis. All arms run and are warm: each has answered a hundred thousand requests, or
  has been asked for twenty seconds, for until then all of them get faster. Each round gives every arm one second, in an order by
  chance; ratios are taken within a round. Shown are the median and the range.
- Latency: 250 requests a second in an open loop. An arm that cannot keep up is marked, and nothing is concluded of it.
- No part of this decides anything in CI but the counts: times on shared machines differ by a quarter from one run to the next.

To see where a figure comes from, by function and by room: \`pnpm bench:profile "express ours memory"\`.
`;
