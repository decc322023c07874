import type { Code } from "../packages/core/src/errors.ts";

/** What an operator has to know of a code beside the sentence in `CODES`. */
export interface ErrorText {
	/** What the process does about it. */
	readonly effect:
		| "stops the boot"
		| "fails the request"
		| "is logged once"
		| "is logged"
		| "ends the process";
	/** What it means, and what it costs to leave it. */
	readonly meaning: string;
	/** What to type. */
	readonly remedy: string;
}

/** One entry a code; `docs/generate.ts` prints them, and the type keeps the list complete. */
export const ERRORS_TEXT: Readonly<Record<Code, ErrorText>> = {
	CONFIG_INVALID: {
		effect: "stops the boot",
		meaning:
			"The error that carries all faults of the options and of the environment at once, each with its own code, " +
			"in `error.faults`. Nothing was started: no handler, no listener, no server setting.",
		remedy: "Mend every line of the message; each one ends with what to type and with a code of this page.",
	},
	OPTION_UNKNOWN: {
		effect: "stops the boot",
		meaning:
			"A key that no room has. It is refused, because an option that is written and not read is worse than none: " +
			"a mistyped `rateLimit: { limt: 5 }` would be a limit of 300.",
		remedy:
			"The message names the nearest key, also for the names of other packages (`max` is `limit` here). " +
			"All keys: [options.md](options.md).",
	},
	OPTION_INVALID: {
		effect: "stops the boot",
		meaning:
			"A key that exists, with a value it cannot take: text for a number, a number out of its range, `true` for a " +
			"room (a room takes an object, or `false`).",
		remedy: "Type the example at the end of the line. [options.md](options.md) says what each key accepts.",
	},
	OPTIONS_INCOHERENT: {
		effect: "stops the boot",
		meaning:
			"Two values that are right one by one and cannot both hold: `proxy` with `hops` and `trust`; delays that are " +
			"longer than the deadline; a deadline behind the platform's kill, so that requests would die with the process.",
		remedy: "Keep one of the two, or change the figure as the line says.",
	},
	PROXY_TRUSTS_ALL: {
		effect: "stops the boot",
		meaning:
			"`proxy: true`, `TRUST_PROXY=true`, a network of all addresses, or a count that no chain has. It would believe " +
			"`X-Forwarded-For` from anybody: every client could choose the address it is limited and logged by. Where the program " +
			'has told its framework so (`app.set("trust proxy", true)`, `trustProxy: true`), the framework\'s word counts, the app ' +
			"starts, and the log says it once, at the first request.",
		remedy:
			"`TRUST_PROXY=1` (the number of proxies in front), their addresses (`TRUST_PROXY=10.0.0.0/8`), or " +
			"`TRUST_PROXY=none`. In code: `proxy: { hops: 1 }`, `proxy: { trust: [...] }` or `proxy: false`. The framework's own " +
			'setting: take it away, and name the proxies to us; or name them there: `app.set("trust proxy", 1)`, ' +
			'`trustProxy: "10.0.0.0/8"` (of a number current Fastify believes nobody).',
	},
	CORS_WILDCARD_CREDENTIALS: {
		effect: "stops the boot",
		meaning:
			'`cors: { origin: "*", credentials: true }`. Browsers refuse the pair; the usual way around, to repeat ' +
			"whatever origin asks, lets every site act with the cookies of your users.",
		remedy: 'Name the sites: `cors: { origin: ["https://app.example.com"], credentials: true }`.',
	},
	CORS_UNDECIDED: {
		effect: "is logged once",
		meaning:
			"`cors.origin` is a function, and it threw, gave a promise, or gave something else than `true` or `false`. Only `true` lets " +
			"a site read, so the answer went out without CORS. A promise counts as true in JavaScript, whatever comes of it.",
		remedy:
			"Answer at once. What stands in a database is read beside, again and again, into a `Set` that the function looks into.",
	},
	CSRF_REFUSED: {
		effect: "is logged once",
		meaning:
			"A browser has sent a request that changes something, with a user's cookies or as a form, for a page that is not the " +
			"app's own. It got 403. There is one line for each kind: `cross-site`, `same-site` (another subdomain), `other-origin` (a " +
			"browser that does not send `Sec-Fetch-Site`) and `null-origin` (a browser that says nothing of the page). The line " +
			"of each refused request says 403.",
		remedy:
			'If the page is yours: `csrf: { trustedOrigins: ["https://shop.example.com"] }`. For one path that other sites post to: ' +
			"`csrf: { skip }`. `null-origin` over plain http: see [hostile-input.md](../hostile-input.md#cors-and-csrf).",
	},
	ENV_MISSING: {
		effect: "stops the boot",
		meaning:
			"A variable that `defineEnv` was told to require is not set. For `NODE_ENV` alone it is a notice, logged once: " +
			"we take its absence for production, Express and others take it for development. So it is for a `SESSION_SECRET` that is " +
			"set to nothing, as a compose file does it that hands on what is not there: an empty variable counts as not set, and " +
			"without a secret there are no sessions.",
		remedy:
			"Set the variable, or take an empty one out; `NODE_ENV=production` for the notice about it. `envExample` writes the list of what is needed.",
	},
	ENV_INVALID: {
		effect: "stops the boot",
		meaning:
			"A variable that is set to what its schema refuses. The message holds no part of the value, because it may be " +
			"a secret in the wrong place. For a `NODE_ENV` that is another word, such as `staging`, it is a notice: it " +
			"counts as production here and as development elsewhere. So it is for a `PORT` that is set to nothing: with " +
			"`process.env.PORT ?? 3000` listen() fails, with `Number(process.env.PORT)` the system chooses a port that nobody " +
			"knows, and with `process.env.PORT || 3000` all is well, so it does not stop the boot.",
		remedy:
			"Type what the line says; compose files give a default behind `:-`. A stage belongs into `APP_ENV`: `NODE_ENV=production APP_ENV=staging`.",
	},
	ENV_WEAK_SECRET: {
		effect: "stops the boot",
		meaning:
			"A secret that is short, a placeholder out of a README, a pattern, or the same as another secret. Whoever " +
			"guesses it signs what your app believes. Outside of production it is a notice.",
		remedy: "`openssl rand -base64 32`, one for each purpose.",
	},
	ENV_FILE: {
		effect: "stops the boot",
		meaning:
			"`NAME_FILE` names a file that is not there, not readable, not a file, empty, not text, or larger than 64 KiB; " +
			"or `NAME` and `NAME_FILE` are both set. The path is not shown: people set it to the secret itself.",
		remedy:
			"Keep one of the two variables, with the path of a readable file that holds the secret and nothing else.",
	},
	ENV_UNSAFE: {
		effect: "stops the boot",
		meaning:
			"In production: `NODE_TLS_REJECT_UNAUTHORIZED=0`, which believes every certificate, or an open inspector, which " +
			"runs whatever it is sent. `NODE_ENV=development` on a platform that serves the world is a notice.",
		remedy:
			"Unset the variable, and for a private authority set `NODE_EXTRA_CA_CERTS`; take `--inspect` out of " +
			"`NODE_OPTIONS` and of the command.",
	},
	ENV_UNKNOWN: {
		effect: "stops the boot",
		meaning:
			"The program asks the result of `defineEnv` for a name that was not declared, which would be `undefined` for " +
			"ever. With a `prefix` given to `defineEnv`, a variable that starts with it and that nothing reads is a notice.",
		remedy: "Declare the variable, or correct its name; the line names the nearest one.",
	},
	PROCESS_OPTIONS_CONFLICT: {
		effect: "stops the boot",
		meaning:
			"Two apps of one process say different things of what the process has only once: timeouts of servers, the " +
			"shutdown, the crash handlers, Redis, the logger. The one that came last would win by accident.",
		remedy: "Say it in one of the apps, or the same in both.",
	},
	LISTEN_FAILED: {
		effect: "ends the process",
		meaning:
			"The port is taken, or not allowed. Express 5 hands the error to the callback of `listen`, which most programs " +
			'do not look at: they print "listening" and exit with 0. Here it is a fatal line and exit code 1; with `crash: false`, ' +
			"and under `NODE_ENV=test`, it is the program's affair.",
		remedy:
			"Stop the process that has the port, or set another: `PORT=3001`. Ports below 1024 belong to root.",
	},
	UNCAUGHT_EXCEPTION: {
		effect: "ends the process",
		meaning:
			"Something threw where nobody could catch it. What the process holds in memory may be half written, so it does " +
			"not go on: a fatal line on stderr with the ids of the requests in flight, `crash.budgetMs` for them to finish " +
			"and for `crash.onCrash` to report, then exit code 1.",
		remedy: "Mend the line in the stack. A supervisor has to start the process again.",
	},
	UNHANDLED_REJECTION: {
		effect: "ends the process",
		meaning:
			"As above, for a promise that was rejected while nobody waited for it. Mostly an `await` is missing.",
		remedy:
			'Await the promise, or `.catch()` it. `crash: { unhandledRejections: "warn" }` logs it and goes on, in a state ' +
			"that nobody knows.",
	},
	SHUTDOWN_DEADLINE: {
		effect: "is logged",
		meaning:
			"`shutdown.deadlineMs` have passed since the signal and something is unfinished. The line names the requests " +
			"with their age and id, the closer, and what keeps the event loop alive. All that is cut, and the closers that " +
			"have not run have a last moment; exit code 1.",
		remedy:
			"Make what is named quicker, or give it time: a longer grace at the platform and `SHUTDOWN_GRACE_SECONDS` with " +
			"the same figure.",
	},
	WORK_FAILED: {
		effect: "is logged",
		meaning:
			"A promise that was given to `waitUntil(name, promise)` was rejected. Nobody else may hear of it, because the " +
			"request is answered already. During a shutdown it makes the exit code 1.",
		remedy: "Look at `err`. Work that must not be lost belongs into a queue that survives the process.",
	},
	DRAIN_HOOK_FAILED: {
		effect: "is logged",
		meaning:
			"A function that was given to `onDrain()` threw or rejected. What it was to end goes on, and is cut at the deadline.",
		remedy: "Look at `err`; often the response had ended already.",
	},
	STARTUP_FAILED: {
		effect: "ends the process",
		meaning:
			"A task of `addStartupTask(name, task)` has not worked within its `timeoutMs` (60 s), though it was tried again and " +
			"again. A process that lives on without what it needs looks healthy and serves nothing. With `crash: false`, and under " +
			"`NODE_ENV=test`, it is only logged.",
		remedy:
			"Look at `err`, the last failure. Where the dependency needs longer to come up, give `timeoutMs`.",
	},
	SIGNALS_NOT_PASSED_ON: {
		effect: "is logged once",
		meaning:
			"In a container the platform sends its stop signal to the first process alone. A shell there ignores it, and npm, " +
			"pnpm and yarn end before the program they have started has heard of it: every stop is a kill, with its requests.",
		remedy:
			'`CMD ["node", "server.js"]` in place of `CMD npm start` or `CMD node server.js`; `exec node server.js` as the last ' +
			"line of a script.",
	},
	SHUTDOWN_WORKER_FAILED: {
		effect: "is logged",
		meaning:
			"A worker of the cluster ended with another code than 0, or by a signal, while the primary waited for it: it " +
			"has cut requests or a closer of its own failed. The primary ends with 1 too, since it is the one that is watched.",
		remedy: "Look for the worker's own last lines; they name what was late or failed.",
	},
	SHUTDOWN_CLOSER_FAILED: {
		effect: "is logged",
		meaning:
			"A function given to `onShutdown` threw, rejected, or took longer than its `timeoutMs` " +
			"(`shutdown.closerTimeoutMs` where it has none), or than the last moment behind a deadline. The other closers run " +
			"all the same; exit code 1.",
		remedy: "Mend the closer that is named, or `onShutdown(name, close, { timeoutMs: 10_000 })`.",
	},
	NO_GRACE: {
		effect: "is logged once",
		meaning: "The platform kills at once: every deploy cuts the requests in flight, and no closer runs.",
		remedy:
			"On Railway `RAILWAY_DEPLOYMENT_DRAINING_SECONDS=30`; elsewhere the grace, and `SHUTDOWN_GRACE_SECONDS`.",
	},
	CODE_OVERRIDES_ENV: {
		effect: "is logged once",
		meaning: "A variable is set, and the code says something about the same option. The code wins.",
		remedy: "Take one of the two away: the variable, or the option.",
	},
	OTHER_SIGNAL_HANDLER: {
		effect: "is logged once",
		meaning:
			"The program, or a package of its, listens for SIGTERM or SIGINT itself. The usual handler closes the server and " +
			"exits: that cuts the drain delay, the linger and the closers off, and requests are lost.",
		remedy: "Take the handler out, and give what it does to `onShutdown(name, close)`.",
	},
	MOUNTED_TWICE: {
		effect: "is logged once",
		meaning:
			"A request came through two `productionReady()`. The second let it pass untouched, so its options have no " +
			"effect on such requests.",
		remedy: "Mount it once, on the outermost app.",
	},
	MOUNTED_LATE: {
		effect: "is logged once",
		meaning:
			"On Express: mounted through a Router, which does not tell it the app. It works from the first request on and " +
			"guards what comes through the Router; probes are answered below its path only. Or mounted behind routes, which it then does " +
			"not guard. On Fastify: the app was " +
			"constructed with a logger, and writes its own lines for every request beside ours; or its parsers stop at its own " +
			"`bodyLimit`, below what `limits.maxBodyBytes` allows.",
		remedy:
			"Express: `app.use(productionReady())` on the app itself, before the routes. Fastify: `createApp(options)`, " +
			"`Fastify(serverOptions(options))`, or `logging: false`.",
	},
	TRUST_AT_CONSTRUCTION: {
		effect: "is logged once",
		meaning:
			"There is a proxy to be believed, and the Fastify app was constructed without `trustProxy`, which cannot be set " +
			"later. The limit and the log know the client's address; `request.ip` and `request.protocol` are the proxy's.",
		remedy: "`createApp(options)`, or `Fastify(serverOptions(options))`.",
	},
	FORWARDED_UNEXPLAINED: {
		effect: "is logged once",
		meaning:
			"Requests come from a private address with `X-Forwarded-For` or `X-Forwarded-Proto: https`, and nobody said whether there " +
			"is a proxy: said at the first of them. Behind one, all users share one address, so requests with `X-Forwarded-For` are " +
			"counted and not refused until this is answered; and none of them counts as https, so answers have no HSTS and cookies " +
			"no `Secure`. To send them to https could send them round for ever, so `https.redirect` sends nobody away from what says " +
			"https. The bootstrap alone says nothing of it, because an app that comes later may name the proxy.",
		remedy: "`TRUST_PROXY=1` (the number of proxies), or `TRUST_PROXY=none` if there is none.",
	},
	FORWARDED_NOT_READ: {
		effect: "is logged once",
		meaning:
			"A proxy that is believed sends `Forwarded` (RFC 7239) without `X-Forwarded-For`. Only `X-Forwarded-For` and the " +
			"header of `proxy.clientHeader` are read: to read both would let a client write the one that its proxy does not " +
			"replace. All clients are taken for the proxy, and share one limit.",
		remedy:
			"Let the proxy send `X-Forwarded-For` (nginx: `proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for`), or name " +
			'its header with the client\'s address alone: `proxy: { hops: 1, clientHeader: "x-real-ip" }`.',
	},
	HOST_REFUSED: {
		effect: "is logged once",
		meaning:
			"A request asked for a host that `hosts.allowed` does not name, or a proxy that is believed handed such a one on in " +
			"`X-Forwarded-Host`, and was answered with 421. Most such names are made up by scanners, and are no concern. One " +
			"that is yours, such as the name by which another service calls this one, was forgotten. Each name is said once, " +
			"the first twenty of a process; the line of every refused request has it in `reason`.",
		remedy:
			"If the name is yours, type the line that the message ends with. If it is an address and a health check's, let " +
			"that ask `/livez` or `/readyz`, which answer whatever the host. If it stands in X-Forwarded-Host and is nobody's, " +
			"let the proxy overwrite that header (nginx: `proxy_set_header X-Forwarded-Host $host`).",
	},
	HTTPS_LOOP: {
		effect: "is logged once",
		meaning:
			"`https.redirect` sends clients to https that may have come by https: a proxy says nothing of it " +
			"(`X-Forwarded-For` without `X-Forwarded-Proto`), or a private address says https and is none of the proxies that " +
			"`proxy` names. If that proxy takes https, its clients come back, and are sent again, for ever " +
			"(ERR_TOO_MANY_REDIRECTS).",
		remedy:
			"Let the proxy set `X-Forwarded-Proto`, and name it: `TRUST_PROXY=1`, or its address. Where there is no proxy, it " +
			"was a client's invention, and all is well.",
	},
	PART_STANDS_DOWN: {
		effect: "is logged once",
		meaning:
			"The app has a part of its own: a limiter that has set its headers, a compression, or a word of its own on which proxies are believed. " +
			"Ours does nothing, so that nothing is done twice.",
		remedy: "Take the other one away, or write `false` for ours (`rateLimit: false`, `compression: false`).",
	},
	MEMORY_STORE: {
		effect: "stops the boot",
		meaning:
			"What all processes should share is in the memory of each. Of sessions it stops the boot in production where several " +
			"instances run: the next request would log the user out. Of limits it is logged once, in a worker of a cluster: a limit " +
			"of 300 is one of 300 for each of them.",
		remedy:
			'`REDIS_URL`. Without it: `session: { allowMemoryStore: "the reason" }`, and `rateLimit.limit` divided by the number of ' +
			"processes.",
	},
	REDIS_AWAY: {
		effect: "is logged",
		meaning:
			"Redis did not answer within `redis.commandTimeoutMs`, or the connection failed; `reason` is `timeout` or the code " +
			"of the error. One line when it begins and one (`redis is back`) when it is over. Meanwhile no request waits: " +
			"limits go by `rateLimit.onOutage`, sessions by `session.onOutage`. Redis is asked again several times a second.",
		remedy:
			"Bring Redis back; nothing has to be restarted. `NOAUTH` and `WRONGPASS` are the password's, `ENOTFOUND` is the host's " +
			"name, `ECONNREFUSED` its port. `ETIMEDOUT` is also what comes of `rediss://` where Redis speaks no TLS. A Redis that is far away may " +
			"need a longer `redis.commandTimeoutMs`.",
	},
	REDIS_REFUSES: {
		effect: "is logged",
		meaning:
			"Redis is there and answers with an error; `reason` is its first word (`OOM`, `READONLY`, `NOPERM`), `purpose` what " +
			"was not done. Requests get what they get while Redis is away.",
		remedy:
			"What the `hint` of the line says: give it memory, name the master and not a replica, say the password.",
	},
	SESSION_OUTAGE: {
		effect: "is logged",
		meaning:
			"The store of the sessions has failed, or has not answered within `session.storeTimeoutMs`. There is one line when " +
			"that begins and one when the store answers again. Meanwhile whoever brings a session gets 503 and is told when " +
			"to ask again (`session.onOutage`), and whoever brings none is served.",
		remedy:
			"Look at the store: `reason` says what it said. An error of this code that reaches your own code comes from " +
			"`logIn()`, `logOut()` or `session.save()`, and is a 503 if you let it pass.",
	},
	SESSION_CORRUPT: {
		effect: "is logged",
		meaning:
			"What lay in the store under the id of a session was no session: text that is no JSON, another type, a value " +
			"without a cookie. The request went on without a session, and the value was destroyed.",
		remedy: "Find out who else writes below the same keys, and give each program its own prefix.",
	},
	SESSION_ABSENT: {
		effect: "fails the request",
		meaning:
			"`logIn` or `logOut` was called for a request that has no session. With the presets `api` and `internal` sessions are off " +
			"until there is a secret; a route that stands before `productionReady()` has none either.",
		remedy:
			'`SESSION_SECRET`, or `session: { secret }` in the code. `session: {}` or `preset: "web"` stops the boot where the secret is missing.',
	},
	SESSION_UNSAVABLE: {
		effect: "fails the request",
		meaning:
			"A session is kept as JSON, and a route has put something into it that JSON cannot hold: a function, a BigInt, a Map, a " +
			"circle. It would be lost without a word, so the request is a 500, and the message names the key.",
		remedy: "Put plain values into it: texts, numbers, lists, objects, and the time as a number or a text.",
	},
	SESSION_SECRET_MADE: {
		effect: "is logged once",
		meaning:
			"There is no `SESSION_SECRET`, and this is development: the process has made a secret of its own. Its sessions " +
			"end with it. In production the same stops the boot.",
		remedy: "Put the output of `openssl rand -base64 32` into `SESSION_SECRET`.",
	},
	CACHED_FOR_OTHERS: {
		effect: "is logged once",
		meaning:
			"An answer sets a cookie, or has a nonce in its page, and says `public` or `s-maxage`: a shared cache may keep it with " +
			"its cookie and give both to everybody who asks for the same URL (RFC 9111, 7.3). What the program says of caching stays.",
		remedy:
			"`Cache-Control: private` or `no-store` on that answer. Where nothing is said, an answer with a cookie or a nonce is " +
			"`no-store`. Files for everybody are better served before sessions.",
	},
	REFUSALS_SUMMED_UP: {
		effect: "is logged",
		meaning:
			"More requests were refused (400 to 499) within `logging.refusalWindowMs` than may have a line each. The line says how " +
			"many had none, by status, and which addresses sent most of them. Nothing is lost but the lines: counts are exact.",
		remedy:
			"Look at the statuses and the addresses: a scan, an attack, or a client of yours that asks wrongly. " +
			"`logging: { maxRefusalsPerWindow: 500 }` gives more of them a line, `false` each of them.",
	},
	READINESS_CHANGED: {
		effect: "is logged",
		meaning:
			"A check of `addReadinessCheck` changed its answer. While a critical one says no, `/readyz` is 503 and " +
			"whoever routes requests should send none; `/livez` stays 200. `isCritical: false` in the line says that the check is " +
			'reported and makes no 503, as that of Redis with `redis.readiness: "report"`.',
		remedy: "Look at the dependency that is named. `{ isCritical: false }` only reports it.",
	},
};
