import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const NEW_CERTIFICATE =
	"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost";

let files: Readonly<Record<"TLS_KEY" | "TLS_CERT", string>> | undefined;

/** The variables that tell a program where its certificate is; made once, and gone with the test's process. */
export function certificate(): Readonly<Record<string, string>> {
	if (files === undefined) {
		const folder = mkdtempSync(join(tmpdir(), "self-signed-"));
		process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
		files = { TLS_KEY: join(folder, "key.pem"), TLS_CERT: join(folder, "cert.pem") };
		const where = ["-keyout", files.TLS_KEY, "-out", files.TLS_CERT];
		execFileSync("openssl", [...NEW_CERTIFICATE.split(" "), ...where], { stdio: "ignore" });
	}
	return files;
}
