/* test_lock.c - one at a time. */
#include "test.h"

#include "base/lock.h"

TEST(lock_one, "base/lock/one-at-a-time") {
    int first, second;
    CHECK_OK(sc__lock_take(&first, test_dir(), true));
    CHECK_STATUS(SC_IO, sc__lock_take(&second, test_dir(), false));
    CHECK_ERROR("another process is at work");
    CHECK_INT(second, -1);
    sc__lock_give(second);
    sc__lock_give(first);
    CHECK_OK(sc__lock_take(&second, test_dir(), false));
    sc__lock_give(second);
    CHECK_STATUS(SC_IO, sc__lock_take(&second, test_path("nowhere"), false));
}
