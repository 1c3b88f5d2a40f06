/**
 * Certificates for the broker's TLS listeners, made by openssl.
 *
 * @module
 */

const CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Paths of PEM files. */
export interface Certificates {
  readonly caFile: string;
  readonly wrongCaFile: string;
  /** Key and certificate of the broker in one file. */
  readonly serverFile: string;
  readonly serverCertFile: string;
  readonly serverKeyFile: string;
  readonly clientCertFile: string;
  readonly clientKeyFile: string;
}

/** Makes certificates in `folder`: a CA, a server (localhost, 127.0.0.1), a client, and a second CA. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  await Deno.mkdir(folder, { recursive: true });
  const at = (name: string): string => `${folder}/${name}`;
  for (const name of ["ca", "other-ca"]) {
    await openssl([
      ...["req", "-x509", ...CURVE, "-days", "30", "-subj", `/CN=test ${name}`],
      ...["-keyout", at(`${name}.key`), "-out", at(`${name}.pem`)],
      ...["-addext", "basicConstraints=critical,CA:TRUE"],
      ...["-addext", "keyUsage=critical,keyCertSign,cRLSign"],
    ]);
  }
  await leaf("server", "DNS:localhost,IP:127.0.0.1", "serverAuth");
  await leaf("client", "DNS:gateway-1", "clientAuth");
  const both = await Deno.readTextFile(at("server.key")) +
    await Deno.readTextFile(at("server.pem"));
  await Deno.writeTextFile(at("server-both.pem"), both);
  return {
    caFile: at("ca.pem"),
    wrongCaFile: at("other-ca.pem"),
    serverFile: at("server-both.pem"),
    serverCertFile: at("server.pem"),
    serverKeyFile: at("server.key"),
    clientCertFile: at("client.pem"),
    clientKeyFile: at("client.key"),
  };

  async function leaf(name: string, altNames: string, usage: string): Promise<void> {
    await openssl([
      ...["req", ...CURVE, "-subj", `/CN=${name}`],
      ...["-keyout", at(`${name}.key`), "-out", at(`${name}.csr`)],
    ]);
    const extensions = at(`${name}.ext`);
    await Deno.writeTextFile(
      extensions,
      `subjectAltName=${altNames}\nextendedKeyUsage=${usage}\n`,
    );
    await openssl([
      ...["x509", "-req", "-in", at(`${name}.csr`), "-days", "30"],
      ...["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial"],
      ...["-out", at(`${name}.pem`), "-extfile", extensions],
    ]);
  }
}

async function openssl(args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args }).output();
  if (!success) {
    throw new Error(`openssl ${args[0]}: ${new TextDecoder().decode(stderr)}`);
  }
}
