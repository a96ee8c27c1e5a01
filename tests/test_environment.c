/* The machine's description, from files of machines that are not this one. */
#include "runner/environment.h"

#include "runner/cgroup.h"
#include "runner/uuid.h"
#include "tests/tap.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];

/* Writes one file below the root, with the folders above it. */
static void put(const char *path, const char *text)
{
    char name[512];
    FILE *f;

    snprintf(name, sizeof name, "%s%s", root, path);
    for (char *p = name + strlen(root) + 1; (p = strchr(p, '/')); p++) {
        *p = '\0';
        mkdir(name, 0755);
        *p = '/';
    }
    f = fopen(name, "w");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0)
        perror(name), exit(1);
}

static void root_new(void)
{
    strcpy(root, "/tmp/sg-test-XXXXXX");
    if (!mkdtemp(root))
        perror(root), exit(1);
}

static void root_drop(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf '%s'", root);
    OK(system(command) == 0, "the fixture is removed");
}

static void test_cloud(void)
{
    struct environment env;

    root_new();
    put("/proc/cpuinfo", "processor\t: 0\nmodel name\t: Intel(R) Xeon(R) CPU E5-2673 v4 @ 2.30GHz\n"
                         "flags\t\t: fpu vme hypervisor lahf_lm\n\n"
                         "processor\t: 1\nmodel name\t: another\n");
    put("/proc/meminfo", "MemTotal:        7110656 kB\nMemFree: 1 kB\n");
    put("/etc/os-release", "PRETTY_NAME=\"Ubuntu 22.04.3 LTS\"\nNAME=\"Ubuntu\"\n"
                           "VERSION_ID=\"22.04\"\n");
    put("/proc/sys/kernel/osrelease", "6.2.0-1018-azure\n");
    put("/sys/class/dmi/id/sys_vendor", "Microsoft Corporation\n");
    put("/sys/class/dmi/id/product_name", "Virtual Machine\n");
    environment_read(&env, root, "x86_64", 2, NULL);
    tap_is(env.key, "x86_64, Intel Xeon E5-2673 v4 @ 2.30GHz, 2 cores, 6 GiB, Ubuntu 22.04, hyperv",
           "the key of a cloud machine");
    tap_is(env.kernel, "6.2.0-1018-azure", "its kernel is kept beside the key");
    OK(env.governor == NULL, "it has no governor");
    OK(strstr(env.libraries, "libwebsockets ") && strstr(env.libraries, "glibc "),
       "libraries are named: %s", env.libraries);
    environment_free(&env);
    root_drop();
}

static void test_container(void)
{
    struct environment env;

    root_new();
    put("/proc/cpuinfo", "processor : 0\nCPU implementer : 0x41\nCPU part : 0xd0c\n");
    put("/proc/meminfo", "MemTotal:       65000000 kB\n");
    put("/proc/self/cgroup", "0::/a/b\n");
    put("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
    put("/sys/fs/cgroup/a/cpu.max", "250000 100000\n");
    put("/sys/fs/cgroup/a/memory.max", "4294967296\n");
    put("/sys/fs/cgroup/a/b/memory.max", "max\n");
    put("/etc/os-release", "NAME='Alpine Linux'\nID=alpine\nVERSION_ID=3.18.4\n");
    put("/.dockerenv", "");
    put("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
    environment_read(&env, root, "aarch64", 16, NULL);
    OK(env.cores == 3, "2.5 cores of quota on a parent group are 3 cores: %d", (int)env.cores);
    tap_near(cgroup_cores(root, "self"), 2.5, 0, "the quota itself");
    OK(env.memory_bytes == INT64_C(4) << 30, "the group's memory limit counts");
    tap_is(env.cpu_model, "ARM 0x41/0xd0c", "an ARM has numbers for a name");
    tap_is(env.container, "docker", "the container");
    tap_is(env.governor, "performance", "the governor");
    environment_free(&env);

    put("/proc/self/cgroup", "4:memory:/x\n3:cpu,cpuacct:/x\n0::/\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "50000\n");
    put("/sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "100000\n");
    tap_near(cgroup_cores(root, "self"), 0.5, 0, "version 1 has its own files");
    put("/proc/self/cgroup", "0::/../../etc\n");
    OK(isinf(cgroup_cores(root, "self")), "a group outside of the namespace is no limit");
    root_drop();
}

static void test_odd(void)
{
    struct environment env;

    root_new();
    environment_read(&env, root, "riscv64", 1, NULL);
    tap_is(env.key, "riscv64, unknown processor, 1 core, 0 MiB, Linux, bare metal",
           "a machine that tells nothing");
    environment_free(&env);
    put("/proc/cpuinfo", "model name : evil\x1b[31m \xff CPU\n");
    put("/etc/os-release", "NAME=\nVERSION_ID=\"\n");
    environment_read(&env, root, "x86_64", 1, NULL);
    tap_is(env.cpu_model, "evil?[31m ?", "hostile bytes become '?'");
    environment_free(&env);
    environment_read(&env, root, "x86_64", 1, "lab \"7\"");
    tap_is(env.key, "lab \"7\"", "--environment replaces the key");
    tap_is(env.name, "lab \"7\"", "and is the name");
    environment_free(&env);
    root_drop();
    environment_get(&env, NULL);
    OK(env.cores >= 1 && env.memory_bytes > 0 && env.key, "this machine: %s", env.key);
    environment_free(&env);
}

static void test_memory(void)
{
    const int64_t gib = INT64_C(1) << 30;

    OK(environment_memory_class(gib * 156 / 10) == 16 * gib, "15.6 GiB is 16");
    OK(environment_memory_class(gib * 235 / 10) == 24 * gib, "23.5 GiB is 24");
    OK(environment_memory_class(gib * 31 / 10) == 3 * gib, "3.1 GiB is 3");
    OK(environment_memory_class(gib) == gib, "1 GiB is itself");
    OK(environment_memory_class(0) == 0 && environment_memory_class(1) == 1, "no memory, one byte");
}

static void test_uuid(void)
{
    char a[UUID_SIZE], b[UUID_SIZE];

    uuid_make(a, INT64_C(0x0192f3b4c5d6));
    uuid_make(b, INT64_C(0x0192f3b4c5d7));
    OK(strncmp(a, "0192f3b4-c5d6-7", 15) == 0, "milliseconds and version come first: %s", a);
    OK(strchr("89ab", a[19]) != NULL, "the variant is RFC 9562's");
    OK(strlen(a) == 36 && strcmp(a, b) < 0, "order of text is order of time");
    uuid_make(b, INT64_C(0x0192f3b4c5d6));
    OK(strcmp(a, b) != 0, "two of one millisecond differ");
}

int main(void)
{
    test_cloud();
    test_container();
    test_odd();
    test_memory();
    test_uuid();
    return tap_end();
}
