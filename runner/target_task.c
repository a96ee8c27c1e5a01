/* What the built-in target does by itself and not as the answer to what was just read. */
#include "runner/target_parts.h"

#include <stdlib.h>

void *task_start(struct target *t, struct conn *c, size_t size,
                 void (*run)(struct target *t, struct task *task), int64_t due_ns)
{
    struct task *task = mem_get(1, size);

    task->conn = c;
    task->run = run;
    task->next = c->tasks;
    task->place = &c->tasks;
    if (task->next)
        task->next->place = &task->next;
    c->tasks = task;
    task_again(t, task, due_ns);
    return task;
}

void task_again(struct target *t, struct task *task, int64_t due_ns)
{
    task->due_ns = due_ns;
    timers_set(&t->tasks, &task->timer, due_ns);
}

void task_end(struct target *t, struct task *task)
{
    timers_set(&t->tasks, &task->timer, TIMER_NEVER);
    if (task->conn->held == task)
        task->conn->held = NULL;
    *task->place = task->next;
    if (task->next)
        task->next->place = task->place;
    free(task);
}

void tasks_run(struct target *t)
{
    int64_t now_ns = target_clock_ns();
    struct timer *timer;

    while ((timer = timers_take(&t->tasks, now_ns))) {
        struct task *task = (struct task *)timer;

        task->run(t, task);
    }
}
