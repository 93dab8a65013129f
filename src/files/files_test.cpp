#include "files/files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

namespace lightkeeper::files {
namespace {

namespace fs = std::filesystem;

class FilesTest : public testing::Test {
 protected:
  FilesTest() {
    std::string pattern = (fs::temp_directory_path() / "lightkeeper-files-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~FilesTest() override {
    std::error_code ignored;
    fs::permissions(folder_, fs::perms::owner_all, ignored);
    fs::remove_all(folder_, ignored);
  }
  [[nodiscard]] std::size_t names() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }
  static mode_t mode(const fs::path& path) {
    struct stat facts{};
    EXPECT_EQ(::stat(path.c_str(), &facts), 0);
    return facts.st_mode & 0777U;
  }
  fs::path folder_;
};

TEST_F(FilesTest, WhatWasWrittenIsReadAndNothingElseIsLeft) {
  const Bytes contents(200'000, 7);
  ASSERT_TRUE(write_whole(folder_ / "a", contents, Readers::owner, Present::keep));
  EXPECT_EQ(read_whole(folder_ / "a", contents.size()).value(), contents);
  EXPECT_EQ(read_whole(folder_ / "a", contents.size() - 1).error().code, ErrorCode::too_large);
  EXPECT_EQ(read_whole(folder_ / "b", 1).error().code, ErrorCode::not_found);
  EXPECT_EQ(read_whole(folder_, 1).error().code, ErrorCode::io_failed);
  EXPECT_EQ(names(), 1U);
}

TEST_F(FilesTest, AFileThatIsThereStaysOrIsReplacedAsSaid) {
  ASSERT_TRUE(write_whole(folder_ / "a", Bytes{1}, Readers::owner, Present::keep));
  EXPECT_EQ(write_whole(folder_ / "a", Bytes{2}, Readers::owner, Present::keep).error().code,
            ErrorCode::already_exists);
  EXPECT_EQ(read_whole(folder_ / "a", 9).value(), Bytes{1});
  ASSERT_TRUE(write_whole(folder_ / "a", Bytes{3}, Readers::owner, Present::replace));
  EXPECT_EQ(read_whole(folder_ / "a", 9).value(), Bytes{3});
  EXPECT_EQ(names(), 1U);
}

TEST_F(FilesTest, WhoMayReadItIsWhatWasSaid) {
  const mode_t before = ::umask(027);
  ASSERT_TRUE(write_whole(folder_ / "secret", Bytes{1}, Readers::owner, Present::keep));
  ASSERT_TRUE(write_whole(folder_ / "open", Bytes{1}, Readers::everybody, Present::keep));
  ::umask(before);
  EXPECT_EQ(mode(folder_ / "secret"), 0600U);
  EXPECT_EQ(mode(folder_ / "open"), 0640U);
}

TEST_F(FilesTest, WithoutTheFolderNothingIsWritten) {
  EXPECT_EQ(write_whole(folder_ / "no" / "a", Bytes{1}, Readers::owner, Present::keep).error().code,
            ErrorCode::not_found);
  // A folder in its place: what was begun goes again.
  fs::create_directory(folder_ / "taken");
  EXPECT_EQ(write_whole(folder_ / "taken", Bytes{1}, Readers::owner, Present::replace).error().code,
            ErrorCode::io_failed);
  EXPECT_EQ(names(), 1U);
}

TEST_F(FilesTest, TwoWritersOfOneNameLeaveOneWholeFile) {
  const auto write = [this](Byte value) {
    for (int i = 0; i < 50; ++i) {
      EXPECT_TRUE(write_whole(folder_ / "a", Bytes(10'000 + value, value), Readers::owner,
                              Present::replace));
    }
  };
  {
    const std::jthread one(write, Byte{1});
    const std::jthread two(write, Byte{2});
  }
  const auto left = read_whole(folder_ / "a", 20'000).value();
  EXPECT_EQ(left, Bytes(10'000 + left.front(), left.front()));
  EXPECT_EQ(names(), 1U);
}

TEST_F(FilesTest, ADescriptorIsReadToItsEndAndStaysOpen) {
  int ends[2] = {};
  ASSERT_EQ(::pipe(ends), 0);
  const Descriptor reading(ends[0]);
  {
    const Descriptor writing(ends[1]);
    ASSERT_EQ(::write(writing.number(), "abc", 3), 3);
  }
  EXPECT_EQ(read_rest(reading.number(), 3).value(), to_bytes("abc"));
  EXPECT_EQ(read_rest(reading.number(), 3).value(), Bytes{});
}

}  // namespace
}  // namespace lightkeeper::files
