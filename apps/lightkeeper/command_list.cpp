// lightkeeper list: keys, hash lists, their signatures.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "core/lists/hash_list.hpp"
#include "core/lists/key_file.hpp"
#include "core/lists/plain_list.hpp"
#include "files.hpp"
#include "key_files.hpp"
#include "output.hpp"
#include "picture_hash.hpp"

namespace lightkeeper::cli {
namespace {

using Json = nlohmann::ordered_json;

// --- Times
// -------------------------------------------------------------------------------------------

Result<UnixMillis> time_from_text(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  int used = 0;
  const int fields = std::sscanf(text.c_str(), "%4d-%2u-%2uT%2u:%2u:%2uZ%n", &year, &month, &day,
                                 &hour, &minute, &second, &used);
  const auto date = std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
  if (fields != 6 || used != 20 || text.size() != 20 || year < 1970 || !date.ok() || hour > 23 ||
      minute > 59 || second > 59) {
    return fail(ErrorCode::bad_argument, "--created", "a time looks like 2026-01-31T12:00:00Z");
  }
  const auto time = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                    std::chrono::minutes(minute) + std::chrono::seconds(second);
  return UnixMillis{static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count())};
}

std::string time_text(UnixMillis time) {
  if (time.value == 0) {
    return "not stated";
  }
  const std::chrono::sys_time<std::chrono::milliseconds> point{
      std::chrono::milliseconds(static_cast<std::int64_t>(time.value))};
  const auto day = std::chrono::floor<std::chrono::days>(point);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(point - day));
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

// --- Files
// -------------------------------------------------------------------------------------------

Result<std::vector<lists::PlainEntry>> read_plain_list(const std::string& path) {
  LK_TRY(text, read_file(path, lists::kMaxPlainFile));
  return lists::parse_plain_list(text);
}

Result<lists::HashList> read_draft(const std::string& path) {
  LK_TRY(file, read_file(path, lists::kMaxListFile));
  return lists::HashList::open_draft(file);
}

Result<lists::HashList> read_list(const std::string& path, const crypto::VerifyingKey& trusted) {
  LK_TRY(file, read_file(path, lists::kMaxListFile));
  return lists::HashList::open(file, trusted);
}

// --- What is said of a list
// ----------------------------------------------------------------------------

Json to_json(const lists::HashList& list) {
  Json categories = Json::object();
  for (const auto& [number, name] : list.header().categories) {
    categories[std::to_string(number)] = name;
  }
  Json object = {{"name", list.header().name},
                 {"epoch", list.header().epoch.value},
                 {"variant", media::name_of(list.header().variant)},
                 {"created_ms", list.header().created.value},
                 {"entries", list.entries().size()},
                 {"categories", std::move(categories)},
                 {"root", to_hex(list.root())}};
  return object;
}

void print_list(const lists::HashList& list) {
  print_line("name       " + list.header().name);
  print_line("epoch      " + std::to_string(list.header().epoch.value));
  print_line("variant    " + std::string(media::name_of(list.header().variant)));
  print_line("created    " + time_text(list.header().created));
  print_line("entries    " + std::to_string(list.entries().size()));
  for (const auto& [number, name] : list.header().categories) {
    print_line("category   " + std::to_string(number) + " " + name);
  }
  print_line("root       " + to_hex(list.root()));
}

// --- list keygen
// -----------------------------------------------------------------------------------------

struct KeygenOptions {
  std::string out;
  bool force = false;
  bool json = false;
};

int keygen(const KeygenOptions& options) {
  crypto::SystemRng rng;
  const auto pair = crypto::generate_signing_key(rng);
  const auto nonce_key = lists::generate_nonce_key(rng);
  const SecretBytes secret_text = lists::key_text(pair.secret);
  const SecretBytes nonce_text = lists::key_text(nonce_key);
  const std::string public_text = lists::key_text(pair.public_key);
  struct KeyFile {
    std::string path;
    BytesView contents;
    FileSecrecy secrecy;
  };
  const std::vector<KeyFile> files = {
      {options.out + ".key", secret_text.expose_secret(), FileSecrecy::secret},
      {options.out + ".nonce", nonce_text.expose_secret(), FileSecrecy::secret},
      {options.out + ".pub", as_bytes(public_text), FileSecrecy::open},
  };
  // All or none: a new key beside an old one of another pair would be a trap.
  for (const auto& file : files) {
    if (!options.force && access(file.path.c_str(), F_OK) == 0) {
      return print_error(file.path,
                         Error(ErrorCode::already_exists, "list.keygen", "--force writes over it"));
    }
  }
  for (const auto& file : files) {
    const auto written = write_file(file.path, file.contents, file.secrecy,
                                    options.force ? Overwrite::allow : Overwrite::refuse);
    if (!written) {
      return print_error(file.path, written.error());
    }
  }
  if (options.json) {
    print_json({{"secret_file", files[0].path},
                {"nonce_file", files[1].path},
                {"public_file", files[2].path},
                {"verifying_key", to_base64url(pair.public_key.bytes)}});
  } else {
    print_line(files[0].path + "    signing key, secret: keep it offline");
    print_line(files[1].path + "  nonce key, secret: the same one for all versions of a list");
    print_line(files[2].path + "    verifying key, public: " + to_base64url(pair.public_key.bytes));
  }
  return 0;
}

// --- list create, list import
// --------------------------------------------------------------------------------

struct MakeOptions {
  std::string name;
  std::uint32_t epoch = 0;
  std::string variant;
  std::string list_class;
  std::string created;
  std::string nonce_key;
  std::uint16_t category = 0;
  std::vector<std::string> category_names;  // "7=name"
  std::vector<std::string> plain_files;
  std::vector<std::string> pictures;
  std::string out;
  bool force = false;
  bool json = false;
};

Result<std::map<std::uint16_t, std::string>> categories_from(
    const std::vector<std::string>& names) {
  std::map<std::uint16_t, std::string> categories;
  for (const auto& text : names) {
    const auto equals = text.find('=');
    std::uint16_t number = 0;
    if (equals == std::string::npos || !CLI::detail::lexical_cast(text.substr(0, equals), number) ||
        !categories.emplace(number, text.substr(equals + 1)).second) {
      return fail(ErrorCode::bad_argument, "--category-name",
                  "wanted is NUMBER=NAME, each number once");
    }
  }
  return categories;
}

Result<lists::ListHeader> header_from(const MakeOptions& options) {
  LK_TRY(categories, categories_from(options.category_names));
  lists::ListHeader header;
  header.name = options.name;
  header.epoch = Epoch{options.epoch};
  header.variant = options.variant == "full" ? media::PdqVariant::full : media::PdqVariant::via512;
  header.categories = std::move(categories);
  if (!options.created.empty()) {
    LK_TRY(created, time_from_text(options.created));
    header.created = created;
  }
  return header;
}

int make_list(const MakeOptions& options) {
  const auto provenance = lists::provenance_from_name(options.list_class);
  if (!provenance) {
    return print_error(provenance.error());
  }
  auto header = header_from(options);
  if (!header) {
    return print_error(header.error());
  }
  if (options.plain_files.empty() && options.pictures.empty()) {
    return print_error(
        Error(ErrorCode::bad_argument, "list", "nothing to put on the list; name files"));
  }
  const auto nonce_key = read_nonce_key(options.nonce_key);
  if (!nonce_key) {
    return print_error(options.nonce_key, nonce_key.error());
  }
  std::vector<lists::Entry> entries;
  const auto add = [&](const media::PdqBits& hash, std::uint16_t category) {
    entries.push_back({hash, *provenance, category, lists::nonce_of(*nonce_key, hash)});
  };
  for (const auto& path : options.plain_files) {
    const auto parsed = read_plain_list(path);
    if (!parsed) {
      return print_error(path, parsed.error());
    }
    for (const auto& entry : *parsed) {
      add(entry.hash, entry.category == 0 ? options.category : entry.category);
    }
  }
  for (const auto& path : options.pictures) {
    const auto hashed = hash_picture(path, header->variant);
    if (!hashed) {
      return print_error(path, hashed.error());
    }
    if (hashed->quality < media::kMinQuality) {
      return print_error(path, Error(ErrorCode::bad_argument, "list.create",
                                     "its quality is " + std::to_string(hashed->quality) +
                                         ", too low to be found again"));
    }
    add(hashed->dihedral[0], options.category);
  }
  const std::size_t given = entries.size();
  const auto list = lists::HashList::create(*std::move(header), std::move(entries));
  if (!list) {
    return print_error(list.error());
  }
  const auto written = write_file(options.out, list->draft(), FileSecrecy::secret,
                                  options.force ? Overwrite::allow : Overwrite::refuse);
  if (!written) {
    return print_error(options.out, written.error());
  }
  if (options.json) {
    Json object = {{"file", options.out}, {"signed", false}, {"given", given}};
    object.update(to_json(*list));
    print_json(object);
  } else {
    print_line(options.out + ": draft with " + std::to_string(list->entries().size()) +
               " entries, root " + to_hex(list->root()));
  }
  print_note("this is a draft; `lightkeeper list sign` makes a list of it");
  return 0;
}

// --- list sign
// ------------------------------------------------------------------------------------------------

struct SignOptions {
  std::string draft;
  std::string key;
  std::string out;
  bool force = false;
  bool json = false;
};

int sign_list(const SignOptions& options) {
  const auto pair = read_signing_key(options.key);
  if (!pair) {
    return print_error(options.key, pair.error());
  }
  const auto list = read_draft(options.draft);
  if (!list) {
    return print_error(options.draft, list.error());
  }
  const Bytes file = list->sign(pair->secret, pair->public_key);
  const auto written = write_file(options.out, file, FileSecrecy::secret,
                                  options.force ? Overwrite::allow : Overwrite::refuse);
  if (!written) {
    return print_error(options.out, written.error());
  }
  const std::string signer = to_base64url(pair->public_key.bytes);
  if (options.json) {
    Json object = {{"file", options.out}, {"signed", true}, {"signer", signer}};
    object.update(to_json(*list));
    print_json(object);
  } else {
    print_line(options.out + ": list with " + std::to_string(list->entries().size()) +
               " entries, signed by " + signer);
  }
  return 0;
}

// --- list verify, list inspect
// -----------------------------------------------------------------------------------

struct ReadOptions {
  std::string list;
  std::string trust;
  bool json = false;
};

int verify_list(const ReadOptions& options) {
  const auto trusted = read_verifying_key(options.trust);
  if (!trusted) {
    return print_error(options.trust, trusted.error());
  }
  const auto list = read_list(options.list, *trusted);
  if (!list) {
    return print_error(options.list, list.error());
  }
  if (options.json) {
    Json object = {
        {"file", options.list}, {"verified", true}, {"signer", to_base64url(trusted->bytes)}};
    object.update(to_json(*list));
    print_json(object);
  } else {
    print_line(options.list + ": signed by the trusted key, " +
               std::to_string(list->entries().size()) + " entries, root " + to_hex(list->root()));
  }
  return 0;
}

int inspect_list(const ReadOptions& options) {
  const auto file = read_file(options.list, lists::kMaxListFile);
  if (!file) {
    return print_error(options.list, file.error());
  }
  if (lists::looks_like_draft(*file)) {
    const auto draft = lists::HashList::open_draft(*file);
    if (!draft) {
      return print_error(options.list, draft.error());
    }
    if (options.json) {
      Json object = {
          {"file", options.list}, {"signed", false}, {"signer", nullptr}, {"trusted", false}};
      object.update(to_json(*draft));
      print_json(object);
    } else {
      print_list(*draft);
      print_line("signed     no, this is a draft");
    }
    return 0;
  }
  const auto opened = open_list(*file, options.trust);
  if (!opened) {
    return print_error(options.list, opened.error());
  }
  const bool pinned = !options.trust.empty();
  if (options.json) {
    Json object = {{"file", options.list},
                   {"signed", true},
                   {"signer", to_base64url(opened->signer.bytes)},
                   {"trusted", pinned}};
    object.update(to_json(opened->list));
    print_json(object);
  } else {
    print_list(opened->list);
    print_line(
        "signed by  " + to_base64url(opened->signer.bytes) +
        (pinned ? " (the trusted key)" : " (as the file says; not compared with a trusted key)"));
  }
  return 0;
}

// --- Declarations
// ------------------------------------------------------------------------------------------------

// CLI11 keeps references to the options, so each command's stand in memory that its callback owns.
template <class Options>
std::shared_ptr<Options> options_of(CLI::App& command, int& exit_code, int (*run)(const Options&)) {
  auto options = std::make_shared<Options>();
  command.add_flag("--json", options->json, "One JSON object on standard output");
  command.callback([options, &exit_code, run] { exit_code = run(*options); });
  return options;
}

template <class Options>
void declare_out(CLI::App& command, Options& options, const char* what) {
  command.add_option("--out", options.out, what)->required()->type_name("FILE");
  command.add_flag("--force", options.force, "Write over an existing file");
}

void declare_make(CLI::App& command, MakeOptions& options) {
  command.add_option("--name", options.name, "The list's name, shown to people")->required();
  command.add_option("--epoch", options.epoch, "Version of the list; must rise")
      ->required()
      ->type_name("NUMBER");
  command.add_option("--variant", options.variant, "PDQ variant of all its hashes")
      ->required()
      ->check(CLI::IsMember({"full", "via512"}));
  command
      .add_option("--class", options.list_class,
                  "Who vouches for the entries; only 'test' is accepted yet")
      ->required()
      ->type_name("CLASS");
  command
      .add_option("--nonce-key", options.nonce_key,
                  "From `list keygen`; the same for all versions of a list")
      ->required()
      ->type_name("FILE");
  command.add_option("--created", options.created,
                     "Time to state in the list, like 2026-01-31T12:00:00Z");
  command.add_option("--category", options.category, "Category of entries that state none")
      ->type_name("NUMBER");
  command.add_option("--category-name", options.category_names, "NUMBER=NAME; once per category")
      ->allow_extra_args(false);
  declare_out(command, options, "The draft to write");
}

void declare_read(CLI::App& command, ReadOptions& options) {
  command.add_option("list", options.list, "The list")->required()->type_name("LIST");
}

}  // namespace

void add_list_command(CLI::App& root, int& exit_code) {
  auto* list = root.add_subcommand("list", "Make, sign and read hash lists");
  list->require_subcommand(1);
  list->footer(
      "A list in five steps:\n"
      "  lightkeeper list keygen --out org\n"
      "  lightkeeper list create --name drawn --epoch 1 --variant full --class test \\\n"
      "      --nonce-key org.nonce --out drawn.lkdraft picture1.png picture2.png\n"
      "  lightkeeper list sign drawn.lkdraft --key org.key --out drawn.lklist\n"
      "  lightkeeper list verify drawn.lklist --trust org.pub\n"
      "  lightkeeper match --list drawn.lklist --trust org.pub picture.jpg");

  auto* keygen_command =
      list->add_subcommand("keygen", "Make NAME.key and NAME.nonce (secret) and NAME.pub");
  {
    const auto options = options_of<KeygenOptions>(*keygen_command, exit_code, keygen);
    keygen_command->add_option("--out", options->out, "Start of the three file names")
        ->required()
        ->type_name("NAME");
    keygen_command->add_flag("--force", options->force, "Write over existing keys");
  }
  auto* create =
      list->add_subcommand("create", "Make a draft from pictures, plain hash lists, or both");
  {
    const auto options = options_of<MakeOptions>(*create, exit_code, make_list);
    declare_make(*create, *options);
    create
        ->add_option("--hex", options->plain_files,
                     "Plain list: 64 hexadecimal digits [,category] a line")
        ->type_name("FILE")
        ->allow_extra_args(false);
    create->add_option("pictures", options->pictures, "Pictures to hash")->type_name("PICTURE");
  }
  auto* import =
      list->add_subcommand("import", "Make a draft from plain hash lists of other tools");
  {
    const auto options = options_of<MakeOptions>(*import, exit_code, make_list);
    declare_make(*import, *options);
    import
        ->add_option("files", options->plain_files,
                     "64 hexadecimal digits [,category] a line; # remarks; - is stdin")
        ->required()
        ->type_name("FILE");
  }
  auto* sign = list->add_subcommand("sign", "Sign a draft");
  {
    const auto options = options_of<SignOptions>(*sign, exit_code, sign_list);
    sign->add_option("draft", options->draft, "From `list create` or `list import`")
        ->required()
        ->type_name("DRAFT");
    sign->add_option("--key", options->key, "Signing key, from `list keygen`")
        ->required()
        ->type_name("FILE");
    declare_out(*sign, *options, "The list to write");
  }
  auto* verify = list->add_subcommand("verify", "Check that a trusted key signed a list");
  {
    const auto options = options_of<ReadOptions>(*verify, exit_code, verify_list);
    declare_read(*verify, *options);
    verify->add_option("--trust", options->trust, "Verifying key of the publisher")
        ->required()
        ->type_name("FILE");
  }
  auto* inspect = list->add_subcommand(
      "inspect", "Show what a list or a draft says of itself; never its hashes");
  {
    const auto options = options_of<ReadOptions>(*inspect, exit_code, inspect_list);
    declare_read(*inspect, *options);
    inspect->add_option("--trust", options->trust, "Verifying key to compare with")
        ->type_name("FILE");
  }
}

}  // namespace lightkeeper::cli
