/* What is said of machines that are made of files. */
#include "runner/doctor.h"
#include "tests/tap.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/doctor.XXXXXX";

static void file_put(const char *path, const char *text)
{
    char *whole = mem_printf("%s%s", root, path);
    FILE *file;

    for (char *slash = strchr(whole + strlen(root) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(whole, 0777);
        *slash = '/';
    }
    file = fopen(whole, "w");
    if (file) {
        fputs(text, file);
        fclose(file);
    }
    free(whole);
}

static const struct diagnosis *find(const struct diagnoses *d, const char *what)
{
    for (size_t i = 0; i < d->count; i++)
        if (strcmp(d->item[i].what, what) == 0)
            return &d->item[i];
    return NULL;
}

static enum diagnosis_state state(const struct diagnoses *d, const char *what)
{
    const struct diagnosis *one = find(d, what);

    return one ? one->state : DIAGNOSIS_UNKNOWN;
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *where)
{
    (void)s;
    (void)type;
    (void)where;
    return remove(path);
}

int main(void)
{
    struct diagnoses d = {0};

    if (!mkdtemp(root))
        return 1;
    doctor_machine(root, &d);
    OK(state(&d, "clock source") == DIAGNOSIS_UNKNOWN, "what is not told is not known");
    OK(state(&d, "CPU governor") == DIAGNOSIS_OK, "no governor is a virtual machine's");
    OK(!find(&d, "turbo"), "nor is there a turbo");
    diagnoses_free(&d);

    file_put("/proc/loadavg", "0.01 0.05 0.10 1/100 4711\n");
    file_put("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
    file_put("/sys/devices/system/cpu/intel_pstate/no_turbo", "1\n");
    file_put("/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
    file_put("/proc/sys/net/ipv4/ip_local_port_range", "10000\t65000\n");
    file_put("/proc/sys/net/core/somaxconn", "4096\n");
    file_put("/proc/meminfo", "MemTotal: 8000000 kB\nMemAvailable:    4096000 kB\n");
    doctor_machine(root, &d);
    for (size_t i = 0; i < d.count; i++)
        if (strcmp(d.item[i].what, "cores") != 0 && strcmp(d.item[i].what, "open files") != 0)
            OK(d.item[i].state == DIAGNOSIS_OK && !d.item[i].advice, "a good machine: %s",
               d.item[i].what);
    tap_is(find(&d, "memory free") ? find(&d, "memory free")->found : NULL, "4000 MiB", "memory");
    diagnoses_free(&d);

    file_put("/proc/loadavg", "99.5 1 1 1/1 1\n");
    file_put("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
    file_put("/sys/devices/system/cpu/intel_pstate/no_turbo", "0\n");
    file_put("/sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
    file_put("/proc/sys/net/ipv4/ip_local_port_range", "32768 40000\n");
    file_put("/proc/sys/net/core/somaxconn", "128\n");
    file_put("/proc/meminfo", "MemAvailable: 1000 kB\n");
    doctor_machine(root, &d);
    OK(diagnoses_worst(&d) == DIAGNOSIS_BAD && state(&d, "clock source") == DIAGNOSIS_BAD,
       "a slow clock is bad");
    for (size_t i = 0; i < d.count; i++)
        if (strcmp(d.item[i].what, "cores") != 0 && strcmp(d.item[i].what, "open files") != 0)
            OK(d.item[i].state >= DIAGNOSIS_WARNING && d.item[i].advice,
               "a bad machine is told what to do: %s", d.item[i].what);
    diagnoses_free(&d);
    nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return tap_end();
}
