// Scalingo's own client library for Go, which its command line tool is built on, for
// test/real/scalingo-sdk.real.test.ts:
//
//	scalingo-sdk list APP ADDON                   the backups, as JSON
//	scalingo-sdk create APP ADDON                 makes one, waits for its end, prints it as JSON
//	scalingo-sdk download APP ADDON BACKUP FILE
//	scalingo-sdk known APP ADDON                  what else the command line tool asks for, and what we ask for
//
// SCALINGO_API_TOKEN, SCALINGO_AUTH_URL, SCALINGO_API_URL and SCALINGO_DB_URL say where.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	scalingo "github.com/Scalingo/go-scalingo/v10"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := run(ctx, os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, verb string, args []string) error {
	client, err := scalingo.New(ctx, scalingo.ClientConfig{
		APIToken:            os.Getenv("SCALINGO_API_TOKEN"),
		AuthEndpoint:        os.Getenv("SCALINGO_AUTH_URL"),
		APIEndpoint:         os.Getenv("SCALINGO_API_URL"),
		DatabaseAPIEndpoint: os.Getenv("SCALINGO_DB_URL"),
	})
	if err != nil {
		return err
	}
	switch verb {
	case "list":
		backups, err := client.BackupList(ctx, args[0], args[1])
		return answer(backups, err)
	case "create":
		backup, err := client.BackupCreate(ctx, args[0], args[1])
		for err == nil && backup.Status != scalingo.BackupStatusDone && backup.Status != scalingo.BackupStatusError {
			backup, err = client.BackupShow(ctx, args[0], args[1], backup.ID)
		}
		return answer(backup, err)
	case "known":
		known, err := known(ctx, client, args[0], args[1])
		return answer(known, err)
	case "download":
		url, err := client.BackupDownloadURL(ctx, args[0], args[1], args[2])
		if err != nil {
			return err
		}
		return save(ctx, url, args[3])
	}
	return fmt.Errorf("%s is no verb", verb)
}

// The account, the regions, the application's addons, the one addon and its database, each as it is understood.
func known(ctx context.Context, client *scalingo.Client, app, addonID string) (map[string]any, error) {
	user, err := client.Self(ctx)
	if err != nil {
		return nil, err
	}
	regions, err := client.RegionsList(ctx)
	if err != nil {
		return nil, err
	}
	addons, err := client.AddonsList(ctx, app)
	if err != nil {
		return nil, err
	}
	addon, err := client.AddonShow(ctx, app, addonID)
	if err != nil {
		return nil, err
	}
	database, err := client.DatabaseShow(ctx, app, addonID)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"user": user, "regions": regions, "addons": addons, "addon": addon, "database": database,
	}, nil
}

func answer(value any, err error) error {
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(value)
}

// The link bears its own authority: nothing is sent with it.
func save(ctx context.Context, url, path string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the download answered %s", response.Status)
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, response.Body); err != nil {
		return err
	}
	return file.Close()
}
