/** A real nginx in front of instances, in a folder of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { TestContext } from "node:test";
import { portToKeep } from "../process/ports.ts";
import { answers } from "./listening.ts";

/** Debian keeps it where a user's PATH does not look. */
const FOLDERS = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];

export const NGINX = FOLDERS.map((folder) => join(folder, "nginx")).find((path) => {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
});

/** For a test's `skip`: the reason, or false. */
export const WITHOUT_NGINX = NGINX === undefined && "nginx is not installed: apt-get install nginx-light";

export interface Nginx {
	readonly port: number;
	/** Its log of errors, by what went wrong and without times and addresses. */
	complaints(): readonly string[];
}

export async function startNginx(
	test: TestContext,
	upstreams: readonly number[],
	/** Parameters of every `server` line of the upstream. */
	parameters = "",
	/** More of what its server does. */
	directives = "",
): Promise<Nginx> {
	const port = await portToKeep();
	const folder = mkdtempSync(join(tmpdir(), "production-ready-nginx-"));
	const log = join(folder, "error.log");
	writeFileSync(join(folder, "nginx.conf"), configuration(port, upstreams, parameters, directives));
	const child = spawn(NGINX!, ["-p", folder, "-e", log, "-c", "nginx.conf"], { stdio: "ignore" });
	const ended = once(child, "exit");
	const kill = (): unknown => child.kill("SIGKILL");
	process.on("exit", kill);
	test.after(async () => {
		child.kill("SIGTERM");
		await ended;
		process.off("exit", kill);
		rmSync(folder, { recursive: true, force: true });
	});
	await Promise.race([answers(port), endedEarly(child, ended, log)]);
	return {
		port,
		complaints: () =>
			readFileSync(log, "utf8")
				.split("\n")
				.flatMap((line) => /\[(?:error|crit|alert)\] \d+#\d+: (?:\*\d+ )?([^,]+)/.exec(line)?.[1] ?? []),
	};
}

async function endedEarly(child: ChildProcess, ended: Promise<unknown>, log: string): Promise<never> {
	await ended;
	throw new Error(`nginx ended with ${child.exitCode}: ${readFileSync(log, "utf8")}`);
}

/** What the manual tells to write for kept connections; `proxy_next_upstream` is the default: a POST goes out once. */
function configuration(
	port: number,
	upstreams: readonly number[],
	parameters: string,
	directives: string,
): string {
	const servers = upstreams.map((upstream) => `server 127.0.0.1:${upstream} ${parameters};`).join(" ");
	return `
# One process, so that there is one id to end it by.
daemon off;
master_process off;
pid nginx.pid;
error_log error.log error;
events { worker_connections 1024; }
http {
	access_log off;
	client_body_temp_path body;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
	upstream instances { ${servers} keepalive 64; }
	server {
		listen 127.0.0.1:${port};
		${directives}
		location / {
			proxy_pass http://instances;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
		}
	}
}
`;
}
