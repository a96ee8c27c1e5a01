#include "runner/environment.h"

#include "runner/cgroup.h"
#include "runner/file.h"
#include "schema/text.h"

#include <ctype.h>
#include <gnu/libc-version.h>
#include <libwebsockets.h>
#include <math.h>
#include <openssl/crypto.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>

enum { PATH_SIZE = 512 };

/* Reads a file below root; NULL where there is none. The caller frees it. */
static char *root_read(const char *root, const char *path, size_t size)
{
    char name[PATH_SIZE], *text = mem_get(size, 1);

    snprintf(name, sizeof name, "%s%s", root, path);
    if (file_peek(name, text, size) < 0) {
        free(text);
        return NULL;
    }
    return text;
}

/* The value of the first line "KEY<blanks>SEPARATOR value", without quotes; NULL: none. */
static char *line_value(const char *text, const char *key, char separator)
{
    size_t n = strlen(key);

    for (const char *line = text; line && *line; line = strchr(line, '\n')) {
        const char *p;
        char *value;

        line += *line == '\n';
        if (strncmp(line, key, n) != 0)
            continue;
        p = line + n;
        p += strspn(p, " \t");
        if (*p++ != separator)
            continue;
        p += strspn(p, " \t\"'");
        value = mem_printf("%.*s", (int)strcspn(p, "\n"), p);
        for (size_t end = strlen(value); end && strchr("\"' \t", value[end - 1]); end--)
            value[end - 1] = '\0';
        text_clean(value);
        return value;
    }
    return NULL;
}

/* Takes out what only decorates a CPU's name, and doubled blanks. */
static void model_tidy(char *model)
{
    static const char *const noise[] = {"(R)", "(r)", "(TM)", "(tm)", " CPU", " Processor"};
    char *to = model;

    for (size_t i = 0; i < sizeof noise / sizeof *noise; i++)
        for (char *p = strstr(model, noise[i]); p; p = strstr(model, noise[i]))
            memmove(p, p + strlen(noise[i]), strlen(p + strlen(noise[i])) + 1);
    for (const char *from = model; *from; from++)
        if (*from != ' ' || (to > model && to[-1] != ' ' && from[1]))
            *to++ = *from;
    *to = '\0';
}

static char *cpu_model(const char *cpuinfo)
{
    char *model = line_value(cpuinfo, "model name", ':'), *maker, *part;

    if (!model && (part = line_value(cpuinfo, "CPU part", ':'))) { /* ARM has numbers only */
        maker = line_value(cpuinfo, "CPU implementer", ':');
        model = mem_printf("ARM %s/%s", maker ? maker : "?", part);
        free(maker);
        free(part);
    }
    if (!model)
        model = line_value(cpuinfo, "uarch", ':'); /* RISC-V */
    if (!model)
        model = mem_copy("unknown processor");
    model_tidy(model);
    return model;
}

/* "Debian 12", "Ubuntu 24.04": where a distribution counts by year or by minor number, two parts
 * name a release. */
static char *os_release(const char *root)
{
    char *text = root_read(root, "/etc/os-release", 8192);
    char *name = line_value(text, "NAME", '='), *version = line_value(text, "VERSION_ID", '=');
    bool two = name && (strstr(name, "Ubuntu") || strstr(name, "Alpine"));
    char *cut, *os;

    if (name && (cut = strstr(name, " GNU/Linux")))
        *cut = '\0';
    if (name && (cut = strstr(name, " Linux")))
        *cut = '\0';
    if (version && (cut = strchr(version, '.')) && (!two || (cut = strchr(cut + 1, '.'))))
        *cut = '\0';
    os = mem_printf("%s%s%s", name && *name ? name : "Linux", version ? " " : "",
                    version ? version : "");
    free(name);
    free(version);
    free(text);
    return os;
}

static bool root_has(const char *root, const char *path)
{
    char name[PATH_SIZE];

    snprintf(name, sizeof name, "%s%s", root, path);
    return access(name, F_OK) == 0;
}

/* The kind of container this process is in, NULL: none. */
static const char *container_kind(const char *root)
{
    char *manager = root_read(root, "/run/systemd/container", 64);
    char *cgroup = root_read(root, "/proc/self/cgroup", 8192);
    const char *kind = NULL;

    if (manager && strncmp(manager, "lxc", 3) == 0)
        kind = "lxc";
    else if (manager && strncmp(manager, "systemd-nspawn", 14) == 0)
        kind = "nspawn";
    else if (root_has(root, "/var/run/secrets/kubernetes.io") ||
             (cgroup && strstr(cgroup, "kubepods")))
        kind = "kubernetes";
    else if (root_has(root, "/run/.containerenv"))
        kind = "podman";
    else if (root_has(root, "/.dockerenv"))
        kind = "docker";
    else if (cgroup && strstr(cgroup, "/lxc"))
        kind = "lxc";
    else if (manager && *manager)
        kind = "container";
    free(manager);
    free(cgroup);
    return kind;
}

/* The kind of virtual machine, NULL: none. Names as the firmware gives them. */
static const char *machine_kind(const char *root, const char *cpuinfo)
{
    static const struct {
        const char *word, *kind;
    } kinds[] = {{"Amazon EC2", "ec2"},
                 {"Google", "gce"},
                 {"Microsoft", "hyperv"},
                 {"VMware", "vmware"},
                 {"VirtualBox", "vbox"},
                 {"innotek", "vbox"},
                 {"Xen", "xen"},
                 {"Parallels", "parallels"},
                 {"OpenStack", "kvm"},
                 {"KVM", "kvm"},
                 {"QEMU", "kvm"},
                 {"Bochs", "kvm"},
                 {"Apple Virtual", "apple"}};
    char *flags = line_value(cpuinfo, "flags", ':');
    bool hypervisor = flags && strstr(flags, " hypervisor");
    char *vendor = root_read(root, "/sys/class/dmi/id/sys_vendor", 128);
    char *product = root_read(root, "/sys/class/dmi/id/product_name", 128);
    char *kernel = root_read(root, "/proc/sys/kernel/osrelease", 256);
    const char *kind = hypervisor ? "vm" : NULL;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if ((hypervisor || !flags) && ((vendor && strstr(vendor, kinds[i].word)) ||
                                       (product && strstr(product, kinds[i].word)))) {
            kind = kinds[i].kind;
            break;
        }
    if (kernel && strcasestr(kernel, "microsoft"))
        kind = "wsl";
    free(flags);
    free(vendor);
    free(product);
    free(kernel);
    return kind;
}

int64_t environment_memory_class(int64_t bytes)
{
    double exponent, low, best;

    if (bytes < 1)
        return 0;
    exponent = floor(log2((double)bytes));
    low = exp2(exponent);
    best = low;
    for (int i = 1; i <= 2; i++) { /* 1, 3/2, 2; nearest as a ratio */
        double class = i == 1 ? 1.5 * low : 2 * low;

        if (fabs(log2(class / (double)bytes)) < fabs(log2(best / (double)bytes)))
            best = class;
    }
    return (int64_t)best;
}

static int64_t memory_bytes(const char *root)
{
    char *meminfo = root_read(root, "/proc/meminfo", 8192);
    char *total = line_value(meminfo, "MemTotal", ':');
    int64_t bytes = total ? strtoll(total, NULL, 10) * 1024 : 0,
            limit = cgroup_memory(root, "self");

    free(meminfo);
    free(total);
    return environment_memory_class(limit < bytes ? limit : bytes);
}

static char *memory_text(int64_t bytes)
{
    double mib = (double)bytes / (1 << 20);

    return mib >= 1024 ? mem_printf("%.4g GiB", mib / 1024) : mem_printf("%.4g MiB", mib);
}

static char *first_line(char *text)
{
    if (text) {
        text[strcspn(text, "\n")] = '\0';
        text_clean(text);
    }
    return text;
}

void environment_read(struct environment *env, const char *root, const char *architecture,
                      int64_t cpus, const char *name)
{
    char *cpuinfo = root_read(root, "/proc/cpuinfo", 65536), *memory;
    const char *container = container_kind(root), *machine = machine_kind(root, cpuinfo);
    double quota = ceil(cgroup_cores(root, "self"));

    *env = (struct environment){.architecture = mem_copy(architecture)};
    env->cpu_model = cpu_model(cpuinfo);
    env->cores = quota < (double)cpus ? (int64_t)quota : cpus;
    env->memory_bytes = memory_bytes(root);
    env->os = os_release(root);
    if (container && machine)
        env->container = mem_printf("%s on %s", container, machine);
    else
        env->container = mem_copy(container ? container : machine ? machine : "bare metal");
    env->kernel = first_line(root_read(root, "/proc/sys/kernel/osrelease", 256));
    env->governor =
        first_line(root_read(root, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", 64));
    env->libraries =
        mem_printf("libwebsockets %.*s, OpenSSL %s, zlib %s, glibc %s",
                   (int)strcspn(lws_get_library_version(), " -"), lws_get_library_version(),
                   OpenSSL_version(OPENSSL_VERSION_STRING), zlibVersion(), gnu_get_libc_version());
    env->name = mem_copy(name && *name ? name : NULL);
    if (env->name)
        text_clean(env->name);
    memory = memory_text(env->memory_bytes);
    env->key = env->name ? mem_copy(env->name)
                         : mem_printf("%s, %s, %lld core%s, %s, %s, %s", env->architecture,
                                      env->cpu_model, (long long)env->cores,
                                      env->cores == 1 ? "" : "s", memory, env->os, env->container);
    free(memory);
    free(cpuinfo);
}

void environment_get(struct environment *env, const char *name)
{
    struct utsname system;
    cpu_set_t set;
    int64_t cpus = sysconf(_SC_NPROCESSORS_ONLN);

    if (sched_getaffinity(0, sizeof set, &set) == 0)
        cpus = CPU_COUNT(&set);
    environment_read(env, "", uname(&system) == 0 ? system.machine : "unknown", cpus, name);
}
