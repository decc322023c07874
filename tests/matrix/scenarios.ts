/** Everything that can happen in the life of a process, as far as anything is promised of it. */
export interface Scenario {
	readonly id: string;
	/** What a user may rely on. */
	readonly promise: string;
	/** Why some kinds of server have no test of it. */
	readonly elsewhere?: string;
	/** Why nothing is promised, and nothing tested. */
	readonly notPromised?: string;
}

const FAMILIES = "the process' own affair: shown on one of each family";
const PLAINTEXT = "the process' own affair: TLS and HTTP/2 have no part in it";
const HTTP1 = "of HTTP/1: on HTTP/2 streams and GOAWAY take its place (S17)";
const SIGNALS = "the process' own affair: HTTP/2 has no part in it";
const PROBES = "plain Node has no adapter that answers probes, and Fastify's answers are the same on HTTP/2";
const CATCHER = "plain Node has nobody who catches what a handler throws: there it is a crash (K56, K58)";
const BY_CODE = "the bootstrap takes no options, and TLS and HTTP/2 have no part in it";

export const SCENARIOS: readonly Scenario[] = [
	{ id: "S1", promise: "Idle connections are ended at once, and the process exits with 0." },
	{ id: "S2", promise: "A connection that never sent a byte is not waited for." },
	{ id: "S3", promise: "A connection with half a request head is not waited for." },
	{
		id: "S4",
		promise: "A request in flight is answered whole, as the last on its connection, and the exit follows.",
	},
	{
		id: "S5",
		promise: "A body whose head is already out is sent to its end, and nothing is waited for after it.",
	},
	{
		id: "S6",
		promise: "A server that the program closes itself answers what is in flight, and closes right after.",
	},
	{
		id: "S7",
		promise: "Pipelined requests are all answered, and the last says that it is the last.",
		elsewhere: HTTP1,
	},
	{
		id: "S8",
		promise: "A request that is pipelined after the signal gets a whole answer or none.",
		elsewhere: HTTP1,
	},
	{
		id: "S9",
		promise: "Connections that exist are served through the drain delay, and once more in the linger.",
		elsewhere: HTTP1,
	},
	{
		id: "S10",
		promise: "New connections are taken during the drain delay and refused after it.",
		elsewhere: HTTP1,
	},
	{ id: "S11", promise: "An upload that takes its time arrives whole and is answered." },
	{ id: "S12", promise: "An upload that never ends is cut at the deadline and named in the log." },
	{ id: "S13", promise: "A client that reads slowly gets every byte." },
	{
		id: "S14",
		promise: "A stream of events is ended by the program's hook; without one it is cut at the deadline.",
	},
	{ id: "S15", promise: "A WebSocket hears 1001 and has a second to say goodbye.", elsewhere: HTTP1 },
	{
		id: "S16",
		promise: "Other upgraded connections and tunnels are ended too, at the deadline at the latest.",
		elsewhere: HTTP1,
	},
	{
		id: "S17",
		promise: "HTTP/2 hears GOAWAY: open streams finish, no new ones begin.",
		elsewhere: "of HTTP/2",
	},
	{ id: "S18", promise: "An idle HTTP/2 session is ended at once.", elsewhere: "of HTTP/2" },
	{ id: "S19", promise: "A TLS handshake that stalls is not waited for.", elsewhere: "of TLS" },
	{
		id: "S20",
		promise: "Over TLS a request in flight is answered as without it.",
		elsewhere: "of TLS; on HTTP/2 it is S17",
	},
	{ id: "S21", promise: "A second SIGTERM changes nothing, and is logged." },
	{
		id: "S22",
		promise:
			"One Ctrl-C ends gently, a second forces the exit with 130, and npm's echo of the first does not.",
		elsewhere: SIGNALS,
	},
	{ id: "S23", promise: "A Ctrl-C after a SIGTERM forces the exit with 130.", elsewhere: SIGNALS },
	{ id: "S24", promise: "SIGHUP, SIGQUIT and SIGUSR2 do what Node does with them.", elsewhere: PLAINTEXT },
	{
		id: "S25",
		promise: "A SIGTERM while the program starts runs the closers there are, and it never listens.",
	},
	{ id: "S26", promise: "A SIGTERM between listen() and listening ends the process as well." },
	{
		id: "S27",
		promise: "While readiness waits for a check, a SIGTERM makes it answer 503 at once.",
		elsewhere: PROBES,
	},
	{ id: "S28", promise: "A request that hangs is cut at the deadline and named, and the exit code is 1." },
	{
		id: "S29",
		promise: "A closer that hangs is given up and named, and the exit code is 1.",
		elsewhere: FAMILIES,
	},
	{
		id: "S30",
		promise: "Code that never lets go of the thread can be ended by SIGKILL alone.",
		elsewhere: FAMILIES,
	},
	{
		id: "S31",
		promise: "Closers that throw or reject, with whatever and whenever, keep no other from running.",
		elsewhere: FAMILIES,
	},
	{
		id: "S32",
		promise: "Closers run after the last request, the last one first, each once.",
		elsewhere: PLAINTEXT,
	},
	{ id: "S33", promise: "A closer that waits for shutdown() does not wait for ever.", elsewhere: FAMILIES },
	{
		id: "S34",
		promise:
			"process.exit() in a closer is respected, but for a 0 that hides what it cuts; the log is complete up to there.",
		elsewhere: FAMILIES,
	},
	{
		id: "S35",
		promise: "A cluster drains its workers, and the primary exits last.",
		elsewhere: "a cluster is of node:http, whatever handles its requests",
	},
	{
		id: "S36",
		promise: "A process manager that lets go of its channel breaks nothing.",
		elsewhere: FAMILIES,
	},
	{ id: "S37", promise: "The message `shutdown` of a process manager is a signal.", elsewhere: FAMILIES },
	{ id: "S38", promise: "As process 1 of a container, SIGTERM works.", elsewhere: PLAINTEXT },
	{
		id: "S39",
		promise: "A shell or npm at the head of a container, which keeps SIGTERM to itself, is named at boot.",
		elsewhere: "the process' own affair, and the same for all kinds of servers",
	},
	{ id: "S40", promise: "Exit codes are 0, 1 and 130, never another.", elsewhere: FAMILIES },
	{
		id: "S41",
		promise: "The last line is in the pipe or the file, by our logger and by yours.",
		elsewhere:
			"the process' own affair: our logger is shown on one of each family, a program's on each adapter",
	},
	{ id: "S42", promise: "A closed standard output changes nothing.", elsewhere: SIGNALS },
	{ id: "S43", promise: "Nor does a closed standard error beside it.", elsewhere: SIGNALS },
	{
		id: "S44",
		promise: "An output that nobody reads does not keep the process from ending by its deadline.",
		elsewhere: SIGNALS,
	},
	{
		id: "S45",
		promise: "A thousand idle connections are ended within a second, without a warning.",
		elsewhere: HTTP1,
	},
	{
		id: "S46",
		promise: "Several servers drain together; one for probes answers until the others have.",
		elsewhere: FAMILIES,
	},
	{ id: "S47", promise: "A SIGTERM while or after the program closes its server ends the process well." },
	{
		id: "S48",
		promise:
			"During the drain delay readiness is 503 and all else is served; a deadline beyond the grace stops the boot.",
		elsewhere: HTTP1,
	},
	{
		id: "S49",
		promise: "Rolling restarts behind a proxy lose no request.",
	},
	{
		id: "S50",
		promise: "Timers and handles that are left do not keep the process alive.",
		elsewhere: PLAINTEXT,
	},
	{
		id: "S51",
		promise: "Worker threads and child processes are ended by their closers.",
		elsewhere: FAMILIES,
	},
	{ id: "S52", promise: "All of this on Windows.", notPromised: "Windows has no SIGTERM; not tried" },
	{
		id: "S53",
		promise:
			"Installed twice is installed once, in tests nothing is installed, and uninstall() takes all back.",
		elsewhere: FAMILIES,
	},
	{
		id: "K54",
		promise: "An exception in a handler is a 500 with the request's id and without a stack.",
		elsewhere: CATCHER,
	},
	{
		id: "K55",
		promise: "A rejection of a handler is the same.",
		elsewhere: `${CATCHER}; nor does Express 4 look at what a handler returns`,
	},
	{
		id: "K56",
		promise: "An exception that nobody catches is logged once, others finish, and the exit code is 1.",
	},
	{ id: "K57", promise: "So is an error event that nobody listens for." },
	{
		id: "K58",
		promise: "So is a rejection that nobody handles; one that is handled in the same tick is none.",
	},
	{
		id: "K59",
		promise: "Whatever is thrown is logged as what it is, and never crashes again.",
		elsewhere: FAMILIES,
	},
	{ id: "K60", promise: "An error without end is one line of 64 kB at most.", elsewhere: FAMILIES },
	{ id: "K61", promise: "A logger that throws costs its lines, and nothing else.", elsewhere: BY_CODE },
	{ id: "K62", promise: "onCrash is waited for within its budget, however it goes.", elsewhere: BY_CODE },
	{ id: "K63", promise: "A crash during a shutdown makes its exit code 1, and lets it finish." },
	{ id: "K64", promise: "Many errors at once are one line, with their number.", elsewhere: FAMILIES },
	{ id: "K65", promise: "A crash at boot is one line, within a second, and leaves no port open." },
	{ id: "K66", promise: "A stack overflow is a 500 or a crash, never Node's exit code 7." },
	{ id: "K67", promise: "Running out of memory.", notPromised: "Node ends without asking anybody" },
	{
		id: "K68",
		promise: "process.abort() and crashes of native code.",
		notPromised: "nothing of ours runs any more",
	},
	{
		id: "K69",
		promise: "An error handler that answers a second time is no crash.",
		elsewhere: "without an adapter there is no error handler, and Fastify's is the same on HTTP/2",
	},
	{ id: "K70", promise: "A client that goes away is no error, and its handler comes to its end." },
	{
		id: "K71",
		promise: "A logger whose worker thread dies costs lines, and nothing else.",
		elsewhere: BY_CODE,
	},
	{
		id: "LIFE10",
		promise:
			"Work behind an answer is waited for before the closers run, and named where it is late or fails.",
		elsewhere: PLAINTEXT,
	},
	{
		id: "LIFE11",
		promise:
			"What must have worked once is tried again; the process is not ready before, and ends if it never works.",
		elsewhere: FAMILIES,
	},
];
