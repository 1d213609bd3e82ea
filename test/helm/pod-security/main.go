// Judges every pod of rendered manifests by Kubernetes' own Pod Security "restricted":
//
//	pod-security MANIFEST…
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

func main() {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	check(err)
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	pods, refused := 0, 0
	for _, path := range os.Args[1:] {
		for _, template := range templatesIn(path) {
			pods++
			results := evaluator.EvaluatePod(restricted, &template.ObjectMeta, &template.Spec)
			if result := policy.AggregateCheckResults(results); !result.Allowed {
				refused++
				fmt.Fprintf(os.Stderr, "%s: %s\n", path, result.ForbiddenDetail())
			}
		}
	}
	fmt.Printf("%d pods, %d refused\n", pods, refused)
	if pods == 0 || refused > 0 {
		os.Exit(1)
	}
}

func templatesIn(path string) []corev1.PodTemplateSpec {
	file, err := os.Open(path)
	check(err)
	defer file.Close()
	var templates []corev1.PodTemplateSpec
	decoder := yaml.NewYAMLOrJSONDecoder(file, 4096)
	for {
		var document map[string]any
		if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
			return templates
		} else {
			check(err)
		}
		switch document["kind"] {
		case "Deployment":
			var deployment appsv1.Deployment
			check(runtime.DefaultUnstructuredConverter.FromUnstructured(document, &deployment))
			templates = append(templates, deployment.Spec.Template)
		case "CronJob":
			var job batchv1.CronJob
			check(runtime.DefaultUnstructuredConverter.FromUnstructured(document, &job))
			templates = append(templates, job.Spec.JobTemplate.Spec.Template)
		}
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
