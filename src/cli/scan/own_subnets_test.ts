import { deepStrictEqual } from "node:assert/strict";
import { privateSubnets } from "./own_subnets.ts";

Deno.test("privateSubnets() returns private IPv4 networks of physical interfaces, reduced if large", () => {
  const at = (name: string, cidr: string, family: "IPv4" | "IPv6" = "IPv4") => {
    return { name, family, address: cidr.split("/")[0] ?? "", cidr };
  };
  const found = privateSubnets([
    at("lo", "127.0.0.1/8"),
    at("eth0", "192.168.10.77/24"),
    at("eth0", "192.168.10.78/24"),
    at("eth0", "fe80::1/64", "IPv6"),
    at("eth1", "10.1.2.3/8"),
    at("eth2", "172.31.255.9/22"),
    at("wan0", "85.1.2.3/24"),
    at("docker0", "172.17.0.1/16"),
    at("tun0", "10.8.0.2/32"),
  ]);
  deepStrictEqual(found, [
    { cidr: "192.168.10.0/24", interfaceName: "eth0" },
    { cidr: "10.1.2.0/24", interfaceName: "eth1" },
    { cidr: "172.31.252.0/22", interfaceName: "eth2" },
  ]);
});
